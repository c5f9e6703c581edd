// policy/net/seen_address.h - An address that was seen sending, and how it introduced itself.
//
// Knows nothing of files: policy/cli/terminal/address_list.h reads lists of them.
#pragma once

#include <string>

#include "policy/net/ip_prefix.h"

namespace emailauth {

// Values that macros of SPF terms stand for (RFC 7208, 7.2).
struct SeenAddress {
  IpAddress address;
  std::string helo = "mail.example.net";  // %{h}
  std::string local_part = "postmaster";  // %{l}
};

}  // namespace emailauth
