// backend/convert.h - Names and records, from PowerDNS' form to ours and back.
#pragma once

#include "backend/pdns_compat.h"
#include "policy/answer/responder.h"

namespace emailauth::pdns {

// In lower case. The root for a name that cannot be converted.
Name to_name(const DNSName& name);
DNSName to_dns_name(const Name& name);

// A record's data as PowerDNS wants it: TXT quoted and escaped, names without a
// final dot.
std::string to_content(const Record& record);

}  // namespace emailauth::pdns
