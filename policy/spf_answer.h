// policy/spf_answer.h - The text of SPF answers.
//
// Owns security rule 1: an answer restates the address it was asked for, never
// "+all", never a macro. Knows nothing of query names.
#pragma once

#include <string>

#include "policy/spf_link.h"

namespace emailauth {

// "v=spf1 ip4:192.0.2.1 -all". A mapped address is restated in both forms:
// receivers compare in either (RFC 7208, 5).
std::string authorised_record(const IpAddress& address, std::string_view all);

// "v=spf1 -all", with the pass-through terms of enabled senders for `address`.
// A term is left out for addresses that the vendor's record refuses before it.
// `maybe_cut`: the address may not be the client's (RFC 7208, 7.3). Then terms
// that depend on it are left out: the vendor would speak for another than the client.
std::string unauthorised_record(const LinkedSpf& spf, const IpAddress& address, bool maybe_cut, std::string_view all);

// "v=spf1 -all".
std::string empty_record(std::string_view all);

// The page of the static record that starts at `start`; SpfPageStart() is the
// record itself. Other pages are found below `owner` (dotted text). Requires
// spf.pages.
std::string static_record(const LinkedSpf& spf, const SpfPageStart& start, const std::string& owner,
                          std::string_view all);

}  // namespace emailauth
