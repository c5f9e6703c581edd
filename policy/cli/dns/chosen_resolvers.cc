#include "policy/cli/dns/chosen_resolvers.h"

#include <CLI/CLI.hpp>

namespace emailauth::cli {

ResolverOptions ChosenResolvers::together(std::chrono::milliseconds total_time) const {
  ResolverOptions out;
  if (!servers.empty()) {
    out.server = servers.front();
    out.more_servers.assign(servers.begin() + 1, servers.end());
  }
  out.trust_anchor = trust_anchor;
  out.total_time = total_time;
  return out;
}

void add_resolvers(CLI::App& command, ChosenResolvers& resolvers) {
  command.add_option("--resolver", resolvers.servers, "Ask this resolver, ADDRESS or ADDRESS:PORT; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--trust-anchor", resolvers.trust_anchor, "Validate DNSSEC with the root keys in this file");
}

}  // namespace emailauth::cli
