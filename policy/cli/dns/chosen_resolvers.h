// policy/cli/dns/chosen_resolvers.h - The resolvers that a command uses.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "policy/cli/dns/unbound_context.h"

namespace emailauth::cli {

struct ChosenResolvers {
  std::vector<std::string> servers;  // none: that of /etc/resolv.conf
  std::string trust_anchor;          // file with the root's keys; empty: do not validate
  bool by_option = false;            // an option of the command names one of the two

  // Returns all of them for one context, in which the quickest answer counts.
  ResolverOptions together(std::chrono::milliseconds total_time) const;
};

}  // namespace emailauth::cli
