// policy/cli/reports/confirmed_names.h - Names of addresses that lead back to them.
#pragma once

#include <map>
#include <string>

#include "policy/cli/unbound_context.h"
#include "policy/dns_name.h"
#include "policy/report/authentication_report.h"
#include "policy/result.h"

namespace emailauth::cli {

// Asks DNS about the addresses of strangers that send most: the name of the address
// (PTR), and whether that name has the address. Anybody can write the first; only both
// together count. What gets no answer in time has no name; the error is of the
// resolver itself.
Result<std::map<IpAddress, Name>> confirmed_names(const report::History& history, const report::KnownSources& known,
                                                  const report::Filter& filter, const ResolverOptions& resolver);

}  // namespace emailauth::cli
