// policy/report/kept_text.h - Which free text in reports is kept: forms that cannot identify people.
//
// Owns these forms; any other text becomes "". Knows nothing about fields.
#pragma once

#include <string>
#include <string_view>

namespace emailauth::report {

// One word of letters, digits, "-" and "_", at most 64: "certificate-expired".
std::string kept_word(std::string_view text);

// The name of a host or domain, in lower case: "mx.example.com". Not a single word, which may be the name of a person.
std::string kept_host(std::string_view text);

// The part of an address from its "@": "@example.com".
std::string kept_address_domain(std::string_view text);

// An IP address, in canonical form.
std::string kept_ip(std::string_view text);

// A DKIM selector, in lower case.
std::string kept_selector(std::string_view text);

// kept_word(), or the status codes of an SMTP reply: "550 5.1.1 no such user" becomes "550 5.1.1".
std::string kept_reason(std::string_view text);

// Programs with their versions (RFC 9110, 10.1.5, without comments): "Exim/4.96 (jane's)" becomes "Exim/4.96".
std::string kept_products(std::string_view text);

}  // namespace emailauth::report
