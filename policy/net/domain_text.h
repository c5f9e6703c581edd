// policy/net/domain_text.h - Domain names as people write them in policy files.
//
// Owns which names are accepted there: letters, digits, hyphens and underscores (RFC 5890 LDH labels, RFC 8552
// underscored names), and A-labels instead of U-labels. Knows nothing about what a name is for.
#pragma once

#include <string_view>

#include "policy/base/result.h"
#include "policy/net/dns_name.h"

namespace emailauth {

// Parses a name such as "example.com" or "_spf.provider.net". Refuses spaces, "@", a scheme, a wildcard and U-labels;
// for a U-label the error contains the A-label to write ("bücher.example" -> "xn--bcher-kva.example").
Result<Name> parse_domain_text(std::string_view text);

// parse_domain_text() for the name of a managed mail domain: refuses labels that begin with an underscore, which name
// services (RFC 8552).
Result<Name> parse_mail_domain(std::string_view text);

// parse_mail_domain() for what a person types: converts U-labels (IDNA2008), and ignores a final dot and upper case.
Result<Name> parse_typed_domain(std::string_view text);

// Parses a DKIM or BIMI selector: one or more LDH labels (RFC 6376, 3.1), underscores and dots allowed. The result is
// relative: its root is the selector's zone.
Result<Name> parse_selector(std::string_view text);

}  // namespace emailauth
