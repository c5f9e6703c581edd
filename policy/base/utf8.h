// policy/base/utf8.h - Walks over UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace emailauth {

// Returns the length, 1 to 4 octets, of the well-formed sequence at `at`, or 0 if there is none: overlong forms,
// surrogates and numbers above U+10FFFF are not well-formed.
std::size_t utf8_sequence_length(std::string_view text, std::size_t at);

// Returns the position of the first octet that is not UTF-8, or npos.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace emailauth
