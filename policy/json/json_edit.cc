#include "policy/json/json_edit.h"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "policy/base/diagnostic.h"
#include "policy/base/text.h"
#include "policy/json/json_value.h"

namespace emailauth {

namespace {

constexpr std::size_t npos = std::string_view::npos;

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// A member or item of a container: where its key (or value) begins, and its value.
struct Child {
  std::size_t begin = 0;
  Span value;
};

// Walks through a text that parse_json() has accepted.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t skip_space(std::size_t at) const {
    const std::size_t found = text_.find_first_not_of(" \t\r\n", at);
    return found == npos ? text_.size() : found;
  }

  // Returns the end of the value that begins at `at`. Brackets mean nothing inside strings, and only there.
  std::size_t end_of_value(std::size_t at) const {
    if (text_[at] == '"') return end_of_string(at);
    if (text_[at] != '{' && text_[at] != '[') {
      const std::size_t end = text_.find_first_of(",]} \t\r\n", at);
      return end == npos ? text_.size() : end;
    }
    std::size_t depth = 0;
    while (true) {
      const char c = text_[at];
      if (c == '"') {
        at = end_of_string(at);
        continue;
      }
      ++at;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return at;
    }
  }

  // Returns the children of the container that begins at `at`, in order.
  std::vector<Child> children(std::size_t at) const {
    std::vector<Child> out;
    const bool object = text_[at] == '{';
    at = skip_space(at + 1);
    while (text_[at] != '}' && text_[at] != ']') {
      Child child;
      child.begin = at;
      if (object) at = skip_space(skip_space(end_of_string(at)) + 1);
      child.value = {at, end_of_value(at)};
      out.push_back(child);
      at = skip_space(child.value.end);
      if (text_[at] == ',') at = skip_space(at + 1);
    }
    return out;
  }

 private:
  std::size_t end_of_string(std::size_t at) const {
    for (++at; text_[at] != '"'; ++at) {
      if (text_[at] == '\\') ++at;
    }
    return at + 1;
  }

  std::string_view text_;
};

// Returns the steps of a pointer: "/a~1b/0" is "a/b", "0". A tilde before any other character is a tilde.
std::vector<std::string> steps_of(std::string_view pointer) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      out.emplace_back();
    } else if (const std::string_view two = pointer.substr(i, 2); two == "~0" || two == "~1") {
      out.back() += pointer[++i] == '1' ? '/' : '~';
    } else {
      out.back() += pointer[i];
    }
  }
  return out;
}

std::optional<std::size_t> index_of(const JsonValue& container, std::string_view step) {
  if (container.kind == JsonKind::object) {
    for (std::size_t i = 0; i < container.members.size(); ++i) {
      if (container.members[i].key == step) return i;
    }
  } else if (container.kind == JsonKind::array) {
    for (std::size_t i = 0; i < container.items.size(); ++i) {
      if (std::to_string(i) == step) return i;
    }
  }
  return std::nullopt;
}

const JsonValue& child_of(const JsonValue& container, std::size_t index) {
  return container.kind == JsonKind::object ? container.members[index].value : container.items[index];
}

class Editor {
 public:
  Editor(std::string_view text, std::string_view value) : text_(text), value_(value), scan_(text) {}

  std::string replace(const Span& old) const { return splice(old.begin, old.end, indented(indent_at(old.begin))); }

  // Adds a child to the container at `begin`; `key` is `"name": `, or empty.
  std::string append(std::size_t begin, const std::string& key) const {
    const std::vector<Child> children = scan_.children(begin);
    if (children.empty()) {
      const std::string outer = indent_at(begin);
      const std::string inner = outer + "  ";
      const std::size_t end = scan_.end_of_value(begin) - 1;
      return splice(begin + 1, end, newline() + inner + key + indented(inner) + newline() + outer);
    }
    const Child& first = children.front();
    const bool own_lines = text_.substr(begin, first.begin - begin).find('\n') != npos;
    const std::string indent = indent_at(own_lines ? first.begin : begin);
    const std::string gap = own_lines ? "," + newline() + indent : std::string(", ");
    const std::size_t end = children.back().value.end;
    return splice(end, end, gap + key + indented(indent));
  }

  // Removes child `index` of the container at `begin`. Keeps the space before the first child, so that the next child
  // takes its place.
  std::string remove(std::size_t begin, std::size_t index) const {
    const std::vector<Child> children = scan_.children(begin);
    if (children.size() == 1) return splice(begin + 1, scan_.end_of_value(begin) - 1, "");
    if (index == 0) return splice(children[0].begin, children[1].begin, "");
    return splice(children[index - 1].value.end, children[index].value.end, "");
  }

 private:
  std::string newline() const { return text_.find("\r\n") == npos ? "\n" : "\r\n"; }

  // Returns the spaces and tabs at the beginning of the line that contains `at`.
  std::string indent_at(std::size_t at) const {
    const std::size_t line = text_.rfind('\n', at);
    const std::size_t begin = line == npos ? 0 : line + 1;
    const std::size_t end = text_.find_first_not_of(" \t", begin);
    return std::string(text_.substr(begin, end - begin));
  }

  std::string indented(const std::string& indent) const {
    std::string out;
    for (const char c : value_) {
      if (c == '\n')
        out += newline() + indent;
      else
        out += c;
    }
    return out;
  }

  std::string splice(std::size_t begin, std::size_t end, const std::string& with) const {
    return std::string(text_.substr(0, begin)) + with + std::string(text_.substr(end));
  }

  std::string_view text_;
  std::string_view value_;
  Scanner scan_;
};

struct Way {
  Span container;                    // the container of the last step
  const JsonValue* node;             // the same
  std::string step;                  // the last one
  std::optional<std::size_t> index;  // of the child it names; nullopt if that does not exist
  Span value;                        // of that child
};

std::size_t begin_of_root(std::string_view text, const Scanner& scan) {
  return scan.skip_space(text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0);
}

// Follows `pointer` through `root`, which parse_json() made from `text`.
Result<Way> follow(std::string_view text, const JsonValue& root, std::string_view pointer) {
  if (pointer.empty() || pointer[0] != '/') {
    return Error{json_string(pointer) + " is not a JSON pointer to a member; write one such as \"/resolved\""};
  }
  const Scanner scan(text);
  Way way{{}, &root, {}, std::nullopt, {begin_of_root(text, scan), 0}};
  const std::vector<std::string> steps = steps_of(pointer);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i > 0) way.node = &child_of(*way.node, *way.index);
    way.container = way.value;
    way.step = steps[i];
    way.index = index_of(*way.node, steps[i]);
    if (way.index) way.value = scan.children(way.container.begin)[*way.index].value;
    const bool last = i + 1 == steps.size();
    const bool may_be_added =
        way.node->kind == JsonKind::object || (way.node->kind == JsonKind::array && steps[i] == "-");
    if (!way.index && !(last && may_be_added)) {
      return Error{json_string(steps[i]) + " of the pointer " + json_string(pointer) +
                   " does not exist; create its parent first"};
    }
  }
  return way;
}

Result<std::string> edited(std::string_view text, std::string_view pointer, std::string_view value) {
  const auto parsed = parse_json(text);
  if (const auto* error = std::get_if<JsonError>(&parsed)) return Error{error->message};
  const auto checked = parse_json(value);
  if (const auto* error = std::get_if<JsonError>(&checked)) return Error{"the new value: " + error->message};
  const Result<Way> way = follow(text, std::get<JsonValue>(parsed), pointer);
  if (!way) return way.error();
  const Editor editor(text, value);
  if (way->index) return editor.replace(way->value);
  return editor.append(way->container.begin, way->node->kind == JsonKind::object ? json_string(way->step) + ": " : "");
}

}  // namespace

Result<std::string> set_json_value(std::string_view text, std::string_view pointer, std::string_view value) {
  Result<std::string> result = edited(text, pointer, value);
  if (!result) return result;
  const auto checked = parse_json(*result);
  if (const auto* error = std::get_if<JsonError>(&checked)) {
    return Error{"with the new value at " + json_string(pointer) + " the text would not be JSON: " + error->message};
  }
  return result;
}

Result<std::string> remove_json_value(std::string_view text, std::string_view pointer) {
  const auto parsed = parse_json(text);
  if (const auto* error = std::get_if<JsonError>(&parsed)) return Error{error->message};
  const Result<Way> way = follow(text, std::get<JsonValue>(parsed), pointer);
  if (!way) return way.error();
  if (!way->index) return Error{"there is nothing at " + json_string(pointer)};
  return Editor(text, {}).remove(way->container.begin, *way->index);
}

std::vector<std::string_view> json_items(std::string_view text, std::string_view pointer) {
  std::vector<std::string_view> out;
  const auto parsed = parse_json(text);
  const auto* root = std::get_if<JsonValue>(&parsed);
  if (root == nullptr) return out;
  const Result<Way> way = follow(text, *root, pointer);
  if (!way || !way->index || child_of(*way->node, *way->index).kind != JsonKind::array) return out;
  for (const Child& child : Scanner(text).children(way->value.begin)) {
    out.push_back(text.substr(child.value.begin, child.value.end - child.value.begin));
  }
  return out;
}

std::string on_one_line(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '\n' && c != '\r') {
      out += c;
      continue;
    }
    while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size()) - 1;
    if (!out.empty() && out.back() == ',') out += ' ';
  }
  return out;
}

}  // namespace emailauth
