// policy/net/public_address.h - Whether an address belongs to the public Internet.
//
// Owns IANA's special-purpose registries (RFC 6890). For addresses that a stranger chose, as numbers or by a name that
// leads to them: the program must not query addresses of this machine or of private networks on a stranger's behalf.
#pragma once

#include <string_view>

#include "policy/net/ip_prefix.h"

namespace emailauth {

// Returns true for a unicast address that the registries call globally reachable. An IPv4 address inside an IPv6
// address (IPv4-mapped, NAT64's 64:ff9b::/96) is judged by itself; addresses that only a tunnel reaches (6to4, Teredo)
// and unassigned addresses (outside 2000::/3) are not public.
bool is_public(const IpAddress& address);

// Returns the purpose of an address that is not public: "loopback", "private use". "" for a public one.
std::string_view special_purpose_of(const IpAddress& address);

}  // namespace emailauth
