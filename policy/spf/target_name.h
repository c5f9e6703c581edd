// policy/spf/target_name.h - From the text an SPF term yields to a DNS name.
//
// Owns the one rule that SPF names are plain text: a dot ends a label and a
// backslash is a character like any other (RFC 7208, 4.8).
#pragma once

#include <string>
#include <string_view>

#include "policy/base/result.h"
#include "policy/net/dns_name.h"

namespace emailauth::spf {

// The name that "mail.example.com" or "mail.example.com." asks for. Fails for
// what DNS cannot carry: an empty label, one of over 63 octets, over 253 in all.
Result<Name> target_name(std::string_view text);

// The name as such text, in lower case and without the final dot.
std::string plain_text(const Name& name);

// True when check_host() may be asked about this name: more than one label
// (RFC 7208, 4.3) and ASCII only.
bool is_sender_domain(const Name& name);

}  // namespace emailauth::spf
