// policy/cli/write/edited_text.h - The texts that edits of policy files are made of.
//
// Owns how a changed object, a new item of a list and a note look. Pure; knows nothing of
// files or directories.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/json/json_value.h"

namespace emailauth::cli {

// True for "domains/bulk.jsonl": one domain a line.
bool is_lines(std::string_view file);

// The value that `pointer` (RFC 6901; "" is `root`) leads to, or nullptr.
const JsonValue* value_at(const JsonValue& root, std::string_view pointer);

// `text` in double quotes, as JSON. Octets that are no UTF-8 are replaced.
std::string json_text(std::string_view text);

// The spaces and tabs that begin the line which holds `at`.
std::string margin_at(std::string_view text, std::size_t at);

// set_json_value() in an object that was cut out of a line beginning with `margin`. Objects and arrays
// on the way to `pointer` that are not there are made; an object on one line stays on one line.
Result<std::string> set_in_object(std::string_view object, const std::string& margin, std::string_view pointer,
                                  std::string_view value);

// A *.jsonl text with these objects behind its last line.
std::string with_lines(std::string text, const std::vector<std::string>& objects);

// A *.json text with these objects behind the last item of its "domains". An empty text
// becomes such a list, or the object itself when there is one and `file` bears its name.
std::string with_items(const std::string& text, const std::vector<std::string>& objects, const std::string& file);

// True when `text` (JSON) is that value, however it is written.
bool says(const JsonValue& value, std::string_view text);

// What "note" says after an edit: "<old>; 2026-11-22 anna: <why>".
std::string note_after(std::string_view old, std::string_view date, std::string_view who, std::string_view why);

}  // namespace emailauth::cli
