// policy/net/public_address.h - Whether an address is one of the public Internet.
//
// Owns the special-purpose registries of IANA (RFC 6890). For addresses that a stranger chose, by number or by a
// name that leads to them: those of this machine and of private networks must not be asked on their behalf.
#pragma once

#include <string_view>

#include "policy/net/ip_prefix.h"

namespace emailauth {

// True for a unicast address that the registries call globally reachable. An IPv4 address within IPv6 (IPv4-mapped,
// NAT64's 64:ff9b::/96) counts as what is inside; what only a tunnel reaches (6to4, Teredo) and what is not
// assigned to anybody (outside 2000::/3) is not public.
bool is_public(const IpAddress& address);

// What an address is for that is not public: "loopback", "private use". "" for a public one.
std::string_view special_purpose_of(const IpAddress& address);

}  // namespace emailauth
