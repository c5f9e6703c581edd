// policy/net/public_suffix.h - Public suffixes and organizational domains (libpsl).
//
// Knows nothing of policies.
#pragma once

#include <optional>

#include "policy/net/dns_name.h"

namespace emailauth {

// True for "com" and "co.uk": names below which the public registers.
bool is_public_suffix(const Name& name);

// True for those that the list names. "example_com" is not one of them, although it has one label, as top-level
// domains do, of which is_public_suffix() takes even unknown ones for public.
bool is_listed_public_suffix(const Name& name);

// The organizational domain by the public suffix list (RFC 7489, 3.2):
// "example.co.uk" for "a.b.example.co.uk". Nothing for a public suffix itself.
std::optional<Name> organizational_domain(const Name& name);

}  // namespace emailauth
