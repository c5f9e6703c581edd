// policy/check/mail_check.h - Mail servers of a domain, and the names of its addresses.
#pragma once

#include <vector>

#include "policy/check/spf_check.h"

namespace emailauth::check {

struct MxReport {
  std::vector<Name> hosts;  // most preferred first
  bool null_mx = false;
};

MxReport check_mx(const Subject& subject, const SpfReport& spf);

// The PTR records of the domain's own single addresses, and whether they lead back.
void check_reverse(const Subject& subject, const std::vector<IpAddress>& hosts);

// "1.2.0.192.in-addr.arpa" and the like.
Name reverse_name(const IpAddress& address);

}  // namespace emailauth::check
