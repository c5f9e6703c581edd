// policy/cli/dns/https_fetch.h - A file from the web, by https, within limits.
//
// Owns libcurl, and where it may connect to: the addresses come from strangers' records, and must not lead to this
// machine or into its networks. Uses only https, whatever a redirect says, and no proxy.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "policy/net/ip_prefix.h"

namespace emailauth::cli {

struct FetchOptions {
  std::size_t largest = 1U << 20;  // octets
  std::chrono::seconds time{20};   // for the whole fetch
  std::string roots;               // PEM file of web CAs; "": those of the system
  std::vector<IpPrefix> allowed;   // networks that are allowed besides public addresses, on any port
};

// The result: the body, or the reason why there is none.
struct Fetched {
  std::optional<std::string> body;
  std::string failure;      // one line that quotes the address; "" with a body
  bool not_public = false;  // its address is not public or allowed; nothing was sent there
};

// Returns the body of a 200 answer, after at most three redirects. Connects only to port 443 of public addresses
// (policy/net/public_address.h) and to networks that are allowed. Checks each address when it connects, so that neither
// a redirect nor a name that is resolved twice leads elsewhere.
Fetched fetch_https(const std::string& uri, const FetchOptions& options);

}  // namespace emailauth::cli
