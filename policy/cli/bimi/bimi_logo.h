// policy/cli/bimi/bimi_logo.h - A BIMI logo: SVG Tiny PS, plain or compressed.
//
// Reads octets that strangers publish: bounded in size and depth, resolves nothing, fetches
// nothing. Knows nothing about certificates or DNS.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/base/result.h"
#include "policy/finding/finding.h"

namespace emailauth::cli {

// What receivers show at most, and what is read at most (octets, uncompressed).
inline constexpr std::size_t kLargestLogo = 32 * 1024;
inline constexpr std::size_t kLargestFile = 1U << 20;

bool is_gzip(std::string_view octets);

// Returns the file unchanged, or its content if it is gzip (one member; RFC 1952). The error says why it is neither.
Result<std::string> uncompressed(std::string_view octets);

struct BimiLogo {
  std::string svg;  // uncompressed
  std::string title;
};

// Checks a file against the profile; findings call it `where`. Returns nullopt if it contains no SVG at all, which is a
// finding too.
std::optional<BimiLogo> check_logo(std::string_view octets, const std::string& where, check::Findings& findings);

}  // namespace emailauth::cli
