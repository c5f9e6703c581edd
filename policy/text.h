// policy/text.h - What is a letter, and lists for people.
//
// Letters and digits are those of ASCII, whatever the locale: DNS and mail know no others.
#pragma once

#include <string>
#include <vector>

namespace emailauth {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) { return is_alpha(c) || is_digit(c); }

// {"a", "b"} -> "a, b".
std::string joined(const std::vector<std::string>& items);

}  // namespace emailauth
