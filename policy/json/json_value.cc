#include "policy/json/json_value.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/base/utf8.h"

namespace emailauth {

namespace {

// Feeds the text to the lexer and counts its lines. Copies share the count.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  struct Place {
    std::uint32_t line = 1;
    bool just_after_newline = false;
  };

  CountingIterator(const char* at, Place* place) : at_(at), place_(place) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    place_->just_after_newline = *at_ == '\n';
    if (place_->just_after_newline) ++place_->line;
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  Place* place_;
};

// Builds the tree; stops at the first error.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(JsonValue& root, const CountingIterator::Place& place) : root_(root), place_(place) {}

  JsonError error;

  bool null() override { return add(JsonKind::null, place_.line) != nullptr; }
  bool boolean(bool value) override {
    JsonValue* v = add(JsonKind::boolean, place_.line);
    if (v != nullptr) v->boolean = value;
    return v != nullptr;
  }
  bool number_integer(number_integer_t value) override { return add_number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add_number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return add_number(text); }
  bool string(string_t& value) override {
    JsonValue* v = add(JsonKind::string, place_.line);
    if (v != nullptr) v->text = std::move(value);
    return v != nullptr;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(JsonKind::object); }
  bool start_array(std::size_t) override { return open(JsonKind::array); }
  bool end_object() override { return keys_are_unique(*open_.back()) && close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    open_.back()->members.push_back({std::move(name), place_.line, {}});
    return true;
  }

  bool parse_error(std::size_t, const std::string& token, const nlohmann::detail::exception& e) override {
    error = {place_.line - (place_.just_after_newline ? 1U : 0U), pointer(), explain(token, e.what())};
    return false;
  }

 private:
  // The last part of nlohmann's message says what was met and what was expected.
  static std::string explain(const std::string& token, std::string_view what) {
    if (what.find("number overflow") != what.npos) return "the number " + in_quotes(token) + " is too large";
    const std::size_t dash = what.find(" - ");
    const std::size_t semicolon = what.find("; expected ");
    std::string out = "this is not JSON";
    if (what.find("invalid literal") != what.npos || what.find("unexpected") != what.npos)
      out += " near " + in_quotes(token);
    if (semicolon != what.npos) return out + "; expected " + std::string(what.substr(semicolon + 11));
    if (dash != what.npos) return out + ": " + std::string(what.substr(dash + 3, what.find("; last read") - dash - 3));
    return out;
  }

  JsonValue* add(JsonKind kind, std::uint32_t line) {
    JsonValue* slot = &root_;
    if (!open_.empty()) {
      JsonValue& parent = *open_.back();
      slot = parent.kind == JsonKind::object ? &parent.members.back().value : &parent.items.emplace_back();
    }
    slot->kind = kind;
    slot->line = line;
    return slot;
  }

  // The lexer reads one character past a number.
  bool add_number(std::string text) {
    JsonValue* v = add(JsonKind::number, place_.line - (place_.just_after_newline ? 1U : 0U));
    v->text = std::move(text);
    return true;
  }

  bool open(JsonKind kind) {
    if (open_.size() >= kJsonMaxDepth) {
      error = {place_.line, "",
               "values are nested more than " + std::to_string(kJsonMaxDepth) + " deep; policy files never are"};
      return false;
    }
    open_.push_back(add(kind, place_.line));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool keys_are_unique(const JsonValue& object) {
    std::vector<const JsonMember*> sorted;
    for (const JsonMember& member : object.members) sorted.push_back(&member);
    std::stable_sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->key < b->key; });
    const auto twin =
        std::adjacent_find(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->key == b->key; });
    if (twin == sorted.end()) return true;
    const JsonMember& second = **std::next(twin);
    error = {second.line, pointer_to(pointer(), second.key),
             "the key " + in_quotes(second.key) + " appears twice, first in line " + std::to_string((*twin)->line) +
                 "; keep one"};
    return false;
  }

  // Returns the place of the innermost open container, or of its next item.
  std::string pointer() const {
    std::string out;
    for (const JsonValue* value : open_) {
      const bool innermost = value == open_.back();
      if (value->kind == JsonKind::object) {
        if (!innermost) out = pointer_to(out, value->members.back().key);
      } else {
        out = pointer_to(out, value->items.size() - (innermost ? 0 : 1));
      }
    }
    return out;
  }

  JsonValue& root_;
  const CountingIterator::Place& place_;
  std::vector<JsonValue*> open_;  // stable: a container grows only while it is the innermost
};

std::uint32_t line_of(std::string_view text, std::size_t at, std::uint32_t first_line) {
  std::uint32_t line = first_line;
  for (const char c : text.substr(0, at)) line += c == '\n' ? 1U : 0U;
  return line;
}

}  // namespace

std::string_view to_text(JsonKind kind) {
  switch (kind) {
    case JsonKind::null: return "null";
    case JsonKind::boolean: return "a boolean";
    case JsonKind::number: return "a number";
    case JsonKind::string: return "a string";
    case JsonKind::array: return "an array";
    case JsonKind::object: return "an object";
  }
  return "";
}

const JsonValue* JsonValue::find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::variant<JsonValue, JsonError> parse_json(std::string_view text, std::uint32_t first_line) {
  const std::size_t bad = find_invalid_utf8(text);
  if (bad != std::string_view::npos) {
    return JsonError{line_of(text, bad, first_line), "",
                     "octet " + std::to_string(bad + 1) + " is not UTF-8; save the file as UTF-8"};
  }
  const std::size_t nul = text.find('\0');  // nlohmann reads it as the end of the text
  if (nul != std::string_view::npos) {
    return JsonError{line_of(text, nul, first_line), "",
                     "octet " + std::to_string(nul + 1) + " is NUL; save the file as UTF-8 text"};
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return JsonError{first_line, "", "there is nothing here; write an object: { … }"};
  JsonValue root;
  CountingIterator::Place place{first_line, false};
  TreeBuilder builder(root, place);
  const bool ok = nlohmann::json::sax_parse(CountingIterator(text.data(), &place),
                                            CountingIterator(text.data() + text.size(), &place), &builder);
  if (!ok) return builder.error;
  return root;
}

std::string pointer_to(std::string_view parent, std::string_view key) {
  std::string out(parent);
  out += '/';
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string pointer_to(std::string_view parent, std::size_t index) {
  return std::string(parent) + "/" + std::to_string(index);
}

}  // namespace emailauth
