// policy/files/hosted_name.h - "_dmarc.example.com" and its relatives, taken apart.
//
// Owns which underscored names (RFC 8552) we answer below a domain, and how the
// mirror zone calls them. Knows nothing of the records there.
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

// Finds the family in the first `count` labels of a lower-case name: its label
// is the rightmost that begins with an underscore, since mail domains have none.
std::optional<HostedName> parse_hosted_name(const NameView& name, std::size_t count);

// The mirror zone, to which owners point by CNAME, has the same records under labels
// that no receiver asks for: with "_dmarc" and "_domainkey" in it,
// "example.com.hosted.provider.net" would be a mail domain that passes DMARC.
//
//     s1 . _domainkey-of . example . com . hosted . provider . net
//
// Old owners' CNAMEs lead to the plain labels, which `old_names` finds as well.
std::optional<HostedName> parse_mirror_name(const NameView& name, std::size_t count, bool old_names);

// The name of a family's record in the mirror zone: "_dmarc-of.example.com.hosted.provider.net"
// for "_dmarc.example.com". Fails when it is too long, or `hosted` is of no family.
Result<Name> mirror_name(const Name& hosted, const Name& mirror_zone);

// The first label, in the mirror zone, of the name above "_smtp._tls-of.example.com": an empty non-terminal.
bool is_mirror_tls_node(const NameView& name, std::size_t count, bool old_names);

}  // namespace emailauth
