// policy/check/spf_terms.h - Findings about the terms of a domain's own SPF record.
//
// Sends no queries: spf_tree.h follows the terms.
#pragma once

#include "policy/check/subject.h"
#include "policy/spf/record.h"

namespace emailauth::check {

// Finds "+all", terms after "all", networks that are too wide, ptr, and the like.
void check_spf_terms(const Subject& subject, const spf::Record& record);

// Returns true for addresses that never reach a receiver on the Internet (RFC 1918, 4193, ...).
bool is_private(const IpPrefix& network);

// The octets of the record, and of the answer with all TXT records of its name.
void check_spf_size(const Subject& subject, const std::string& record, const DnsAnswer& texts);

}  // namespace emailauth::check
