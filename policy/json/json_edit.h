// policy/json/json_edit.h - Changes one value of a JSON text and no other octet of it.
//
// For files that people keep in git: order, spacing, line ends and number forms of everything else stay as they were
// written. Knows nothing about what the text means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"

namespace emailauth {

// Writes `value` (JSON text, its lines indented as from column 0) at the place that `pointer` (RFC 6901, such as
// "/resolved" or "/domains/0/dkim/keys/-") names:
//
// - a member or an item that exists is replaced;
// - a new member follows the last one of its object;
// - "-" adds an item after the last one of an array.
//
// Further lines of `value` get the indentation of the line that they begin on. The error says why `text` is not JSON,
// why it would not be JSON with the value in it (nested too deep, a key that is not UTF-8), or which step of the
// pointer does not exist.
//
//   set_json_value("{\"a\": 1}", "/b", "[2]").value() == "{\"a\": 1, \"b\": [2]}"
Result<std::string> set_json_value(std::string_view text, std::string_view pointer, std::string_view value);

// Removes the member or item that `pointer` names, with its comma and its line. Fails as set_json_value() does.
//
//   remove_json_value("{\"a\": 1, \"b\": 2}", "/b").value() == "{\"a\": 1}"
Result<std::string> remove_json_value(std::string_view text, std::string_view pointer);

// Returns the items of the array that `pointer` names, as written: parts of `text`, in order. Returns an empty list if
// there is no array, or if `text` is not JSON.
std::vector<std::string_view> json_items(std::string_view text, std::string_view pointer);

// Returns `text` (JSON) on one line: a line end and the indentation after it become one space after a comma, and
// nothing elsewhere.
std::string on_one_line(std::string_view text);

}  // namespace emailauth
