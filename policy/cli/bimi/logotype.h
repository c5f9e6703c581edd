// policy/cli/bimi/logotype.h - The logo inside a mark certificate (RFC 9399, 4.1).
//
// Reads the DER of the logotype extension, as strangers wrote it. Knows nothing about certificates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::cli {

struct Logotype {
  struct Hash {
    std::string algorithm;  // "2.16.840.1.101.3.4.2.1"
    std::string value;
  };
  std::string media_type;  // "image/svg+xml"
  std::vector<Hash> hashes;
  std::vector<std::string> uris;
};

// Returns the first image of the subject's logo. The error says which part is missing or broken.
Result<Logotype> parse_logotype(std::string_view der);

// Returns the content of a "data:" URI with base64 (RFC 2397). Fails for any other text.
Result<std::string> data_of_uri(std::string_view uri);

}  // namespace emailauth::cli
