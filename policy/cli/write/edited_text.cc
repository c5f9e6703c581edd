#include "policy/cli/write/edited_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "policy/base/inert_text.h"
#include "policy/base/text.h"
#include "policy/json/json_edit.h"

namespace emailauth::cli {

namespace {

// "a~1b" is "a/b".
std::string unescaped(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const bool escape = step[i] == '~' && i + 1 < step.size();
    out += escape ? (step[++i] == '1' ? '/' : '~') : step[i];
  }
  return out;
}

const JsonValue* child(const JsonValue& node, const std::string& step) {
  if (node.kind == JsonKind::object) return node.find(step);
  if (node.kind != JsonKind::array) return nullptr;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (std::to_string(i) == step) return &node.items[i];
  }
  return nullptr;
}

// Puts `margin` before every line but the first.
std::string indented(std::string_view text, std::string_view margin) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += margin;
  }
  return out;
}

std::string new_list(const std::vector<std::string>& objects) {
  std::string out = "{\n  \"domains\": [";
  for (std::size_t i = 0; i < objects.size(); ++i)
    out += (i == 0 ? "\n    " : ",\n    ") + indented(objects[i], "    ");
  return out + "\n  ]\n}\n";
}

bool is_same(const JsonValue& a, const JsonValue& b) {
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), is_same) &&
         std::equal(
             a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
             [](const JsonMember& x, const JsonMember& y) { return x.key == y.key && is_same(x.value, y.value); });
}

// "domains/example.com.json" and {"domain": "example.com", …}.
bool bears_name_of(const std::string& file, const std::string& object) {
  const auto parsed = parse_json(object);
  const auto* value = std::get_if<JsonValue>(&parsed);
  const JsonValue* domain = value == nullptr ? nullptr : value->find("domain");
  const std::size_t slash = file.rfind('/') + 1;
  return domain != nullptr && file.substr(slash) == domain->text + ".json";
}

}  // namespace

bool is_lines(std::string_view file) { return file.ends_with(".jsonl"); }

const JsonValue* value_at(const JsonValue& root, std::string_view pointer) {
  const JsonValue* node = &root;
  while (!pointer.empty() && node != nullptr) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    node = child(*node, unescaped(pointer.substr(0, end)));
    pointer.remove_prefix(end);
  }
  return node;
}

std::string json_text(std::string_view text) {
  return inert_json(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string margin_at(std::string_view text, std::size_t at) {
  const std::size_t end_of_last = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t begin = end_of_last == std::string_view::npos ? 0 : end_of_last + 1;
  const std::size_t end = std::min(text.find_first_not_of(" \t", begin), text.size());
  return std::string(text.substr(begin, end - begin));
}

Result<std::string> set_in_object(std::string_view object, const std::string& margin, std::string_view pointer,
                                  std::string_view value) {
  const auto parsed = parse_json(object);
  if (const auto* error = std::get_if<JsonError>(&parsed)) return Error{error->message};
  const JsonValue& root = std::get<JsonValue>(parsed);
  std::string made(value);
  std::string_view place = pointer;
  for (std::size_t slash = place.rfind('/'); slash != std::string_view::npos && slash > 0; slash = place.rfind('/')) {
    const std::string_view holder = place.substr(0, slash);
    if (value_at(root, holder) != nullptr) break;
    const std::string step = unescaped(place.substr(slash + 1));
    made = step == "-" ? "[" + made + "]" : "{" + json_text(step) + ": " + made + "}";
    place = holder;
  }
  const bool one_line = trimmed(object).find('\n') == std::string_view::npos;
  Result<std::string> result = set_json_value(margin + std::string(object), place, made);
  if (!result) return result;
  const std::string edited = result->substr(margin.size());
  return one_line ? on_one_line(edited) : edited;
}

std::string with_lines(std::string text, const std::vector<std::string>& objects) {
  const std::string_view end = text.find("\r\n") == std::string::npos ? "\n" : "\r\n";
  if (!text.empty() && text.back() != '\n') text += end;
  for (const std::string& object : objects) text.append(on_one_line(object)).append(end);
  return text;
}

std::string with_items(const std::string& text, const std::vector<std::string>& objects, const std::string& file) {
  if (trimmed(text).empty()) {
    return objects.size() == 1 && bears_name_of(file, objects[0]) ? objects[0] + "\n" : new_list(objects);
  }
  const Result<std::string> with_first = set_json_value(text, "/domains/-", objects[0]);
  if (!with_first) return text;
  const std::vector<std::string_view> items = json_items(*with_first, "/domains");
  const auto offset = [&](std::string_view item) { return static_cast<std::size_t>(item.data() - with_first->data()); };
  const std::size_t begin = offset(items.back());
  const std::size_t end = begin + items.back().size();
  const std::string margin = margin_at(*with_first, begin);
  std::string between = ",\n" + margin;
  if (items.size() > 1) {
    const std::string_view before = items[items.size() - 2];
    const std::size_t from = offset(before) + before.size();
    between = with_first->substr(from, begin - from);
  }
  std::string rest;
  for (std::size_t i = 1; i < objects.size(); ++i) rest += between + indented(objects[i], margin);
  return with_first->substr(0, end) + rest + with_first->substr(end);
}

std::string note_after(std::string_view old, std::string_view date, std::string_view who, std::string_view why) {
  std::string out(old);
  if (!out.empty()) out += out.back() == '.' ? " " : "; ";
  return out.append(date).append(" ").append(who).append(": ").append(why);
}

bool says(const JsonValue& value, std::string_view text) {
  const auto parsed = parse_json(text);
  const auto* other = std::get_if<JsonValue>(&parsed);
  return other != nullptr && is_same(value, *other);
}

}  // namespace emailauth::cli
