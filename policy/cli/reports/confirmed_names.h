// policy/cli/reports/confirmed_names.h - Names of addresses that resolve back to them.
#pragma once

#include <map>
#include <string>

#include "policy/analysis/authentication_report.h"
#include "policy/base/result.h"
#include "policy/cli/dns/unbound_context.h"
#include "policy/net/dns_name.h"

namespace emailauth::cli {

// Queries DNS about the addresses of strangers that send most: the name of the address (PTR), and whether that name has
// the address. Anybody can publish the first; only both together count. An address without an answer in time has no
// name. Fails only if the resolver itself cannot be used.
Result<std::map<IpAddress, Name>> confirmed_names(const report::History& history, const report::KnownSources& known,
                                                  const report::Filter& filter, const ResolverOptions& resolver);

}  // namespace emailauth::cli
