// policy/check/check.h - The front door of the domain checker: takes a domain name and DNS, returns everything that the
// domain publishes about mail and everything that is wrong with it.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "policy/check/dkim_check.h"
#include "policy/check/dmarc_check.h"
#include "policy/check/mail_check.h"
#include "policy/check/providers.h"
#include "policy/check/service_check.h"
#include "policy/check/spf_check.h"

namespace emailauth::check {

struct CheckOptions {
  std::vector<Name> selectors;              // DKIM selectors to look for, relative
  std::span<const SenderPolicy> catalogue;  // to name sending services
};

struct DomainReport {
  Name domain;
  Findings findings;
  bool answered = false;  // false: the domain does not exist, or DNS fails for it; only `findings` is filled in
  bool timed_out = false;
  Validation dnssec = Validation::unknown;
  // The same for the names that its mail depends on: _dmarc, _domainkey, includes, mail servers.
  std::vector<std::pair<Name, Validation>> depends_on;
  SpfReport spf;
  DmarcReport dmarc;
  DkimReport dkim;
  MxReport mx;
  ServiceReport services;
  std::vector<Host> hosts;
};

DomainReport check_domain(Dns& dns, const Name& domain, const CheckOptions& options);

}  // namespace emailauth::check
