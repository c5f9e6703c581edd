// policy/cli/check/check_run.h - Checks many domains, several at a time.
//
// Owns the threads and the progress line. Passes on each report as soon as all
// reports before it are done, so that output keeps the order of the domains.
#pragma once

#include <functional>
#include <vector>

#include "policy/check/check.h"
#include "policy/cli/dns/unbound_context.h"

namespace emailauth::cli {

struct CheckRun {
  ResolverOptions resolver;
  unsigned parallel = 8;
  bool progress = false;  // on standard error, if it takes more than a second
  // Returns the options for one domain, with the selectors to look for.
  std::function<check::CheckOptions(const Name&)> options_of;
};

// Calls `report` in the order of `domains`, one call at a time. Fails only if the resolver cannot be used.
Result<bool> check_domains(const std::vector<Name>& domains, const CheckRun& run,
                           const std::function<void(const check::DomainReport&)>& report);

}  // namespace emailauth::cli
