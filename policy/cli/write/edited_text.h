// policy/cli/write/edited_text.h - The texts that make up edits of policy files.
//
// Owns how a changed object, a new item of a list and a note are written. Pure; knows nothing about
// files or directories.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/json/json_value.h"

namespace emailauth::cli {

// Returns true for "domains/bulk.jsonl": one domain per line.
bool is_lines(std::string_view file);

// Returns the value that `pointer` (RFC 6901; "" is `root`) names, or nullptr.
const JsonValue* value_at(const JsonValue& root, std::string_view pointer);

// Returns `text` in double quotes, as JSON. Replaces octets that are not UTF-8.
std::string json_text(std::string_view text);

// Returns the spaces and tabs at the beginning of the line that contains `at`.
std::string margin_at(std::string_view text, std::size_t at);

// Does set_json_value() in an object that was cut out of a line beginning with `margin`. Creates missing objects and
// arrays on the way to `pointer`; an object on one line stays on one line.
Result<std::string> set_in_object(std::string_view object, const std::string& margin, std::string_view pointer,
                                  std::string_view value);

// Returns a *.jsonl text with these objects after its last line.
std::string with_lines(std::string text, const std::vector<std::string>& objects);

// Returns a *.json text with these objects after the last item of its "domains". An empty text
// becomes such a list, or the object itself if there is one and `file` has its name.
std::string with_items(const std::string& text, const std::vector<std::string>& objects, const std::string& file);

// Returns true if `text` (JSON) is that value, however it is written.
bool says(const JsonValue& value, std::string_view text);

// Returns the text of "note" after an edit: "<old>; 2026-11-22 anna: <why>".
std::string note_after(std::string_view old, std::string_view date, std::string_view who, std::string_view why);

}  // namespace emailauth::cli
