// policy/json/json_value.h - A JSON document in which every value knows its line.
//
// nlohmann parses (SAX); this adds what policy files need and it lacks: line numbers, duplicate keys as errors, limits
// on depth and size. Knows nothing about what the document means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "policy/base/diagnostic.h"
#include "policy/base/result.h"

namespace emailauth {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

// "an object", "a string": for messages.
std::string_view to_text(JsonKind kind);

struct JsonMember;

struct JsonValue {
  JsonKind kind = JsonKind::null;
  std::uint32_t line = 0;  // from 1
  bool boolean = false;
  std::string text;                 // string: the octets; number: as written
  std::vector<JsonValue> items;     // array
  std::vector<JsonMember> members;  // object, in the file's order

  // Returns the member called `key`, or nullptr.
  const JsonValue* find(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  std::uint32_t line = 0;
  JsonValue value;
};

// Where a text differs from the JSON that we accept, and why.
struct JsonError {
  std::uint32_t line = 0;
  std::string pointer;
  std::string message;
};

inline constexpr std::size_t kJsonMaxDepth = 32;

// Parses one JSON text (RFC 8259, UTF-8, at most kJsonMaxDepth levels). A duplicate key in an object is an error.
// `first_line` is the number of the first line of `text`. The cost is linear in the size of `text`.
std::variant<JsonValue, JsonError> parse_json(std::string_view text, std::uint32_t first_line = 1);

// "/a~1b/0" + "c" -> "/a~1b/0/c" (RFC 6901).
std::string pointer_to(std::string_view parent, std::string_view key);
std::string pointer_to(std::string_view parent, std::size_t index);

}  // namespace emailauth
