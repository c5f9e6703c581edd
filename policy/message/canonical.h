// policy/message/canonical.h - What of a mail a DKIM signature covers, octet by octet (RFC 6376, 3.4).
//
// Owns both canonicalizations of header and body, which fields h= selects, and the
// removal of b=. Knows nothing of hashes and keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/message/mail.h"

namespace emailauth::message {

enum class Canonical : std::uint8_t { simple, relaxed };
std::string_view to_text(Canonical canonical);  // "simple"

// One field with the CRLF behind it (3.4.1, 3.4.2).
std::string canonical_field(const HeaderField& field, Canonical canonical);

// The body (3.4.3, 3.4.4). `body` has lines that end with CRLF.
std::string canonical_body(std::string_view body, Canonical canonical);

// The fields that `names` (h=, in order) selects: from the bottom up, each once; a name
// that has no field left selects nothing (5.4.2). `except` is never selected: the
// signature itself.
std::vector<const HeaderField*> signed_fields(const Mail& mail, const std::vector<std::string>& names,
                                              const HeaderField* except);

// What is hashed for the signature in the field `signature`: the fields, then that one
// itself with an empty b= and without its last CRLF (3.7).
std::string signing_input(const std::vector<const HeaderField*>& fields, const HeaderField& signature,
                          Canonical canonical);

}  // namespace emailauth::message
