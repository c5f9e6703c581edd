// policy/answer/spf_answer.h - The text of SPF answers.
//
// Owns security rule 1: an answer restates the address in the question, never "+all". Its only macros are those of
// SpfView::safe_term(), which the receiver fills in with its own client. Knows nothing about query names.
#pragma once

#include <string>
#include <string_view>

#include "policy/snapshot/spf_link.h"

namespace emailauth {

// Returns "v=spf1 ip4:192.0.2.1 -all". Restates a mapped address in both forms: receivers compare in either (RFC 7208,
// 5).
std::string authorised_record(const IpAddress& address, std::string_view all);

// Returns the term of that record, "ip4:192.0.2.1"; two terms for a mapped address.
std::string restated(const IpAddress& address);

// Returns "v=spf1 -all" with the pass-through terms of enabled senders for `address`, which must be the client's: a
// vendor vouches for the address in the answer. Leaves out a term for addresses that the vendor's record refuses before
// it.
std::string passed_on_record(const LinkedSpf& spf, const IpAddress& address, std::string_view all);

// The same if the client's address is unknown: contains only the terms that are the same for every client.
std::string passed_on_record(const LinkedSpf& spf, std::string_view all);

// Returns "v=spf1 TERMS -all", or empty_record() if there are no terms.
std::string record_with(std::string_view terms, std::string_view all);

// Returns "v=spf1 -all".
std::string empty_record(std::string_view all);

// Returns the page of the static record that starts at `start`; SpfPageStart() is the record itself. Other pages are
// below `owner` (dotted text). Requires spf.pages.
std::string static_record(const LinkedSpf& spf, const SpfPageStart& start, const std::string& owner,
                          std::string_view all);

}  // namespace emailauth
