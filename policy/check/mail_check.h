// policy/check/mail_check.h - The mail servers of a domain, and the names of its addresses.
#pragma once

#include <vector>

#include "policy/check/spf_check.h"

namespace emailauth::check {

struct MxReport {
  std::vector<Name> hosts;  // most preferred first
  bool null_mx = false;
};

MxReport check_mx(const Subject& subject, const SpfReport& spf);

// Checks the PTR records of the domain's own single addresses, and whether those names resolve back to them.
void check_reverse(const Subject& subject, const std::vector<IpAddress>& hosts);

// Returns "1.2.0.192.in-addr.arpa" and the like.
Name reverse_name(const IpAddress& address);

}  // namespace emailauth::check
