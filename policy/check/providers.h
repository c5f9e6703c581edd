// policy/check/providers.h - Who hosts a domain's email authentication now.
//
// Owns the table of providers that answer SPF, DMARC and DKIM for others, by the domains that their names end in.
// Sending services are in the catalogue instead.
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

// Returns the provider whose names end in those labels; "" if there is none.
std::string_view provider_of(const Name& name);

std::vector<Host> find_hosts(const Subject& subject, const SpfReport& spf, const DmarcReport& dmarc,
                             const DkimReport& dkim, std::span<const SenderPolicy> catalogue);

}  // namespace emailauth::check
