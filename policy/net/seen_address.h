// policy/net/seen_address.h - An address that was seen sending, with its HELO name and sender.
//
// Knows nothing about files: policy/cli/terminal/address_list.h reads lists of addresses.
#pragma once

#include <string>

#include "policy/net/ip_prefix.h"

namespace emailauth {

// The values that macros of SPF terms expand to (RFC 7208, 7.2).
struct SeenAddress {
  IpAddress address;
  std::string helo = "mail.example.net";  // %{h}
  std::string local_part = "postmaster";  // %{l}
};

}  // namespace emailauth
