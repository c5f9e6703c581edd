// policy/base/text.h - Character classes, lists for people to read, and JSON strings.
//
// Letters and digits are those of ASCII in every locale: DNS and mail know no others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emailauth {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }  // WSP of RFC 5234
constexpr bool is_space(char c) { return is_blank(c) || c == '\r' || c == '\n'; }

// Returns `text` without the spaces at both ends.
std::string_view trimmed(std::string_view text);

// {"a", "b"} -> "a, b".
std::string joined(const std::vector<std::string>& items);

// a"b -> "a\"b", with the quotes (RFC 8259, 7); escaped as inert_json() does it (policy/base/inert_text.h).
std::string json_string(std::string_view text);

}  // namespace emailauth
