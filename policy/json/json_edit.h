// policy/json/json_edit.h - Changes one value of a JSON text and no other octet of it.
//
// For files that people keep in git: order, spacing, line ends and number forms of
// everything else stay as they were written. Knows nothing of what the text means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"

namespace emailauth {

// Puts `value` (JSON text, its lines indented as from column 0) where `pointer`
// (RFC 6901, such as "/resolved" or "/domains/0/dkim/keys/-") leads:
//
// - a member or an item that is there is replaced;
// - a member that is not there goes behind the last one of its object;
// - "-" adds an item behind the last one of an array.
//
// Further lines of `value` get the indentation of the line they begin on. The
// error says why `text` is no JSON, or would be none with the value in it (nested too deep, a key that is no
// UTF-8), or which step of the pointer leads nowhere.
//
//   set_json_value("{\"a\": 1}", "/b", "[2]").value() == "{\"a\": 1, \"b\": [2]}"
Result<std::string> set_json_value(std::string_view text, std::string_view pointer, std::string_view value);

// Takes away the member or item that `pointer` leads to, with the comma and the line
// that were its own. The error is as above.
//
//   remove_json_value("{\"a\": 1, \"b\": 2}", "/b").value() == "{\"a\": 1}"
Result<std::string> remove_json_value(std::string_view text, std::string_view pointer);

// The items of the array that `pointer` leads to, as they are written: parts of `text`,
// in order. None where there is no array, or `text` is no JSON.
std::vector<std::string_view> json_items(std::string_view text, std::string_view pointer);

// `text` (JSON) without line ends: where they stood there is one space behind a comma,
// else nothing.
std::string on_one_line(std::string_view text);

}  // namespace emailauth
