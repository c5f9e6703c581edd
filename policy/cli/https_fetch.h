// policy/cli/https_fetch.h - A file from the web, by https, within limits.
//
// Owns libcurl. Never speaks anything but https, whatever a redirect says.
#pragma once

#include <chrono>
#include <string>

#include "policy/result.h"

namespace emailauth::cli {

struct FetchOptions {
  std::size_t largest = 1U << 20;  // octets
  std::chrono::seconds time{20};   // for all of it
  std::string roots;               // PEM file of web CAs; "": those of the system
};

// The body of a 200 answer, after at most three redirects. The error is one line that quotes the address.
Result<std::string> fetch_https(const std::string& uri, const FetchOptions& options);

}  // namespace emailauth::cli
