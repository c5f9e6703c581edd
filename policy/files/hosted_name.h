// policy/files/hosted_name.h - "_dmarc.example.com" and its relatives, taken apart.
//
// Owns which underscored names (RFC 8552) we answer below a domain, and their names in the mirror zone. Knows nothing
// about the records there.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/net/dns_name.h"
#include "policy/records/hosted_family.h"

namespace emailauth {

//     s1 . _domainkey . example . com
//     0    1            2             <- apex_begin 1, domain_begin 2
struct HostedName {
  HostedFamily family = HostedFamily::dmarc;
  std::size_t apex_begin = 0;
  std::size_t domain_begin = 0;
};

// Finds the family in the first `count` labels of a lower-case name: the rightmost label that begins with an
// underscore, since mail domains have none.
std::optional<HostedName> parse_hosted_name(const NameView& name, std::size_t count);

// The mirror zone, to which owners point by CNAME, has the same records under labels that no receiver queries: with
// "_dmarc" and "_domainkey" in it, "example.com.hosted.provider.net" would be a mail domain that passes DMARC.
//
//     s1 . _domainkey-of . example . com . hosted . provider . net
//
// CNAMEs that owners published earlier lead to the plain labels; `old_names` accepts these too.
std::optional<HostedName> parse_mirror_name(const NameView& name, std::size_t count, bool old_names);

// Returns the name of a family's record in the mirror zone: "_dmarc-of.example.com.hosted.provider.net" for
// "_dmarc.example.com". Fails if that is too long, or if `hosted` belongs to no family.
Result<Name> mirror_name(const Name& hosted, const Name& mirror_zone);

// Returns true for the name above "_smtp._tls-of.example.com" in the mirror zone, an empty non-terminal.
bool is_mirror_tls_node(const NameView& name, std::size_t count, bool old_names);

}  // namespace emailauth
