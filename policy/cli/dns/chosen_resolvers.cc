#include "policy/cli/dns/chosen_resolvers.h"

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

}  // namespace emailauth::cli
