// policy/hosted_name.h - "_dmarc.example.com" and its relatives, taken apart.
//
// Owns which underscored names (RFC 8552) we answer below a domain. Knows
// nothing of the records there.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/dns_name.h"
#include "policy/domain_unit.h"

namespace emailauth {

enum class HostedFamily : std::uint8_t { dmarc, dkim, bimi, mta_sts, tls_rpt };
inline constexpr HostedFamily kHostedFamilies[] = {HostedFamily::dmarc, HostedFamily::dkim, HostedFamily::bimi,
                                                   HostedFamily::mta_sts, HostedFamily::tls_rpt};

// "_dmarc", "_domainkey", "_bimi", "_mta-sts", "_smtp._tls".
std::string_view to_text(HostedFamily family);

//     s1 . _domainkey . example . com
//     0    1            2             <- apex_begin 1, domain_begin 2
struct HostedName {
  HostedFamily family = HostedFamily::dmarc;
  std::size_t apex_begin = 0;
  std::size_t domain_begin = 0;
};

// Finds the family in the first `count` labels of a lower-case name: its label
// is the rightmost that begins with an underscore, since mail domains have none.
std::optional<HostedName> parse_hosted_name(const NameView& name, std::size_t count);

// True for "_tls.example.com", above "_smtp._tls.example.com".
bool is_tls_node(const NameView& name, std::size_t count);

// True when the domain's policy holds records of this family.
bool holds(const Domain& domain, HostedFamily family);

}  // namespace emailauth
