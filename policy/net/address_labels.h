// policy/net/address_labels.h - Addresses spelt as labels of a DNS name.
//
// Owns the two forms in which %{i} expands (RFC 7208, 7.3): four decimal labels,
// or 32 labels of one hexadecimal digit. Knows nothing of templates.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "policy/net/dns_name.h"
#include "policy/net/ip_prefix.h"

namespace emailauth {

inline constexpr std::size_t kV4Labels = 4;
inline constexpr std::size_t kV6Labels = 32;

// Returns true for a label that can be one of the four of an IPv4 address: 0 to 255, without leading zeros.
bool is_decimal_octet(std::string_view label);
// Returns true for a label that can be one of the 32 of an IPv6 address: one hexadecimal digit in lower case.
bool is_nibble(std::string_view label);

// Returns the address in labels [at, at + 4) or [at, at + 32), or nullopt if they do not spell one: leading zeros,
// numbers above 255, other characters. `reversed` reads the labels from right to left, as %{ir} writes them. The
// labels must exist and be in lower case.
std::optional<IpAddress> parse_v4_labels(const NameView& name, std::size_t at, bool reversed);
std::optional<IpAddress> parse_v6_labels(const NameView& name, std::size_t at, bool reversed);

}  // namespace emailauth
