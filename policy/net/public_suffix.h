// policy/net/public_suffix.h - Public suffixes and organizational domains (libpsl).
//
// Knows nothing about policies.
#pragma once

#include <optional>

#include "policy/net/dns_name.h"

namespace emailauth {

// Returns true for "com" and "co.uk": names below which the public registers.
bool is_public_suffix(const Name& name);

// Returns true for suffixes that the list names. "example_com" is not listed, although it has one label like a
// top-level domain; is_public_suffix() counts even unknown names of one label as public.
bool is_listed_public_suffix(const Name& name);

// Returns the organizational domain by the public suffix list (RFC 7489, 3.2): "example.co.uk" for
// "a.b.example.co.uk". Returns nullopt for a public suffix itself.
std::optional<Name> organizational_domain(const Name& name);

}  // namespace emailauth
