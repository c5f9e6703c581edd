// policy/records/report_uri.h - Addresses that reports are sent to.
//
// Owns which URIs are allowed in rua=/ruf= of DMARC (RFC 9989, 4.7) and TLS-RPT (RFC 8460, 3). Knows nothing about the
// records around them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/base/result.h"
#include "policy/net/dns_name.h"

namespace emailauth {

// Checks "mailto:dmarc@example.com": scheme, mailbox and domain; no ",", ";", "!" and no white space (RFC 9989, 4.8:
// those are written as %2C, %3B, %21). `allow_https` admits "https://…" too. Returns the text to publish.
Result<std::string> check_report_uri(std::string_view uri, bool allow_https);

// Returns the domain of a mailto URI: "example.com" of "mailto:dmarc@example.com".
std::optional<Name> mailto_domain(std::string_view uri);

}  // namespace emailauth
