// backend/convert.h - Names and records, from PowerDNS' form to ours and back.
#pragma once

#include <string_view>

#include "backend/pdns_compat.h"
#include "policy/answer/responder.h"

namespace emailauth::pdns {

// Returns the name in lower case, or the root if the name cannot be converted.
Name to_name(const DNSName& name);
// The name with the same labels. `wire` is a valid name in wire form, its root label included. It is made label by
// label, because PowerDNS changes the constructor that reads packets within a minor version (4.9.18 did).
DNSName to_dns_name(std::string_view wire);
DNSName to_dns_name(const Name& name);

// Returns a record's data as PowerDNS wants it: TXT quoted and escaped, names without a final dot.
std::string to_content(const Record& record);

}  // namespace emailauth::pdns
