// policy/spf/target_name.h - From the text an SPF term yields to a DNS name.
//
// Owns the one rule that SPF names are plain text: a dot ends a label, and a
// backslash is a character like any other (RFC 7208, 4.8).
#pragma once

#include <string>
#include <string_view>

#include "policy/base/result.h"
#include "policy/net/dns_name.h"

namespace emailauth::spf {

// Returns the name that "mail.example.com" or "mail.example.com." stands for. Fails if DNS cannot carry it: an empty
// label, a label of over 63 octets, a name of over 253.
Result<Name> target_name(std::string_view text);

// Returns the name as such text, in lower case and without the final dot.
std::string plain_text(const Name& name);

// Returns true if check_host() may be called for this name: it has more than one label
// (RFC 7208, 4.3) and is ASCII only.
bool is_sender_domain(const Name& name);

}  // namespace emailauth::spf
