// Edits any octets as JSON. The input is a pointer, a line's end, the new value up
// to an empty line, and the text.
// The edited text must be the same document with one value set, by a second and
// simpler reading of the pointer, and keep every octet that is not replaced.
#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "policy/json/json_edit.h"
#include "policy/json/json_value.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

namespace {

bool same(const JsonValue& a, const JsonValue& b) {
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same) &&
         std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                    [](const JsonMember& x, const JsonMember& y) { return x.key == y.key && same(x.value, y.value); });
}

// One step of a pointer without its escapes (RFC 6901, 4).
std::string unescaped(std::string step) {
  for (std::size_t at = 0; (at = step.find('~', at)) != std::string::npos; ++at) {
    const std::string two = step.substr(at, 2);
    if (two == "~0" || two == "~1") step.replace(at, 2, two == "~1" ? "/" : "~");
  }
  return step;
}

enum class Edit : std::uint8_t { none, replaced, first_child, further_child };

// Sets the value in a parsed document. `pointer` begins after its first slash.
Edit set(JsonValue& node, std::string_view pointer, const JsonValue& value) {
  const std::size_t end = std::min(pointer.find('/'), pointer.size());
  const std::string step = unescaped(std::string(pointer.substr(0, end)));
  const bool last = end == pointer.size();
  JsonValue* child = nullptr;
  for (JsonMember& member : node.members) {
    if (member.key == step) child = &member.value;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (std::to_string(i) == step) child = &node.items[i];
  }
  if (child != nullptr && !last) return set(*child, pointer.substr(end + 1), value);
  if (child != nullptr) {
    *child = value;
    return Edit::replaced;
  }
  if (!last || (node.kind != JsonKind::object && (node.kind != JsonKind::array || step != "-"))) return Edit::none;
  const bool first = node.members.empty() && node.items.empty();
  if (node.kind == JsonKind::object)
    node.members.push_back({step, 0, value});
  else
    node.items.push_back(value);
  return first ? Edit::first_child : Edit::further_child;
}

// Cuts the text before `mark` off the front of `text`.
std::string_view cut_to(std::string_view& text, std::string_view mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view front = text.substr(0, end);
  text.remove_prefix(std::min(end + mark.size(), text.size()));
  return front;
}

// Returns how many octets both texts share at the front, and at the end after that.
std::size_t kept_octets(std::string_view a, std::string_view b) {
  const auto front = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  a.remove_prefix(front);
  b.remove_prefix(front);
  return front + static_cast<std::size_t>(std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first - a.rbegin());
}

// Removes the value from its place; nothing else may change.
void check_removal(std::string_view text, std::string_view pointer) {
  const Result<std::string> shorter = remove_json_value(text, pointer);
  if (!shorter) {
    require(!shorter.error().message.empty(), "a refusal has a reason");
    return;
  }
  require(std::holds_alternative<JsonValue>(parse_json(*shorter)), "a text without one value is JSON");
  require(shorter->size() < text.size(), "what is taken away was there");
  require(!remove_json_value(*shorter, pointer) || pointer.back() != '-', "an item is not \"-\"");
  require(std::holds_alternative<JsonValue>(parse_json(on_one_line(*shorter))), "on one line it is JSON still");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view pointer = cut_to(text, "\n");
  const std::string_view value = cut_to(text, "\n\n");
  check_removal(text, pointer);
  const Result<std::string> edited = set_json_value(text, pointer, value);
  if (!edited) {
    require(!edited.error().message.empty(), "a refusal has a reason");
    return 0;
  }
  auto before = parse_json(text);
  const auto wanted = parse_json(value);
  const auto after = parse_json(*edited);
  require(std::holds_alternative<JsonValue>(before) && std::holds_alternative<JsonValue>(wanted), "no JSON is refused");
  require(std::holds_alternative<JsonValue>(after), "an edited text is JSON");
  const Edit edit = set(std::get<JsonValue>(before), pointer.substr(1), std::get<JsonValue>(wanted));
  require(edit != Edit::none, "the pointer leads somewhere");
  require(same(std::get<JsonValue>(before), std::get<JsonValue>(after)), "one value is set, and no other");
  require(edit != Edit::further_child || kept_octets(text, *edited) == text.size(), "what is added costs no octet");
  const auto again = set_json_value(*edited, pointer, value);
  require(again.ok(), "an edited text can be edited again");
  const bool spaced = value.find_first_not_of(" \t\r\n") != 0 || value.find_last_not_of(" \t\r\n") + 1 != value.size();
  if (!spaced && edit == Edit::replaced) require(*again == *edited, "the same edit once more changes nothing");
  return 0;
}
