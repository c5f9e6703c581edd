// policy/check/providers.h - Who hosts a domain's email authentication now.
//
// Owns the table of providers that answer SPF, DMARC and DKIM for others, by the
// domains their names end in; sending services are the catalogue's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/check/dkim_check.h"
#include "policy/check/dmarc_check.h"
#include "policy/check/spf_check.h"
#include "policy/files/sender_policy.h"

namespace emailauth::check {

struct Host {
  std::string service;   // "Valimail"
  std::string part;      // "SPF", "DMARC", "DMARC reports", "DKIM"
  std::string evidence;  // "include:…", "_dmarc CNAME …"
};

// The provider whose names end in those labels; "" when none does.
std::string_view provider_of(const Name& name);

std::vector<Host> find_hosts(const Subject& subject, const SpfReport& spf, const DmarcReport& dmarc,
                             const DkimReport& dkim, std::span<const SenderPolicy> catalogue);

}  // namespace emailauth::check
