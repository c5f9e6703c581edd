// policy/base/base64.h - Base64 (RFC 4648, 4) without white space.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emailauth {

std::string to_base64(std::string_view octets);

// Returns nullopt if `text` is not base64 with its padding, or holds an octet outside the alphabet, white space
// included.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace emailauth
