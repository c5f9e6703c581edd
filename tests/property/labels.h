// tests/property/labels.h - Dotted text as labels, and addresses spelt in them.
//
// Written without the responder's own code for this, so that its faults are
// not repeated here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/net/ip_prefix.h"

namespace emailauth::property {

using Labels = std::vector<std::string>;

// "a..b" has an empty label; "" has no label.
Labels split(std::string_view text);
std::string join(const Labels& labels);
Labels reversed(Labels labels);

// Returns how a receiver writes %{i} or, reversed, %{ir}: 4 labels or 32. An IPv4-mapped
// address is written as 32 labels; unmap it first to get what RFC 7208 asks for.
Labels spell(const IpAddress& address, bool in_reverse);

// Returns the address that is written this way in 4 or in 32 labels; nullopt if these
// labels are not exactly what spell() makes of an address.
std::optional<IpAddress> read(const Labels& labels, bool in_reverse);

}  // namespace emailauth::property
