// policy/message/canonical.h - Which octets of a message a DKIM signature covers (RFC 6376, 3.4).
//
// Owns both canonicalizations of header and body, the choice of fields by h=, and the
// removal of b=. Knows nothing about hashes and keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/message/mail.h"

namespace emailauth::message {

enum class Canonical : std::uint8_t { simple, relaxed };
std::string_view to_text(Canonical canonical);  // "simple"

// Returns one field with its final CRLF (3.4.1, 3.4.2).
std::string canonical_field(const HeaderField& field, Canonical canonical);

// Returns the body (3.4.3, 3.4.4). The lines of `body` must end with CRLF.
std::string canonical_body(std::string_view body, Canonical canonical);

// Returns the fields that `names` (h=, in order) selects: from the bottom up, each once. A name without a further field
// selects nothing (5.4.2). `except`, the signature itself, is never selected.
std::vector<const HeaderField*> signed_fields(const Mail& mail, const std::vector<std::string>& names,
                                              const HeaderField* except);

// Returns what the signature in the field `signature` hashes: the fields, then that field with an empty b= and without
// its last CRLF (3.7).
std::string signing_input(const std::vector<const HeaderField*>& fields, const HeaderField& signature,
                          Canonical canonical);

}  // namespace emailauth::message
