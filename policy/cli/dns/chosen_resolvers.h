// policy/cli/dns/chosen_resolvers.h - The resolvers that the options of a command name.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "policy/cli/dns/unbound_context.h"

namespace CLI {
class App;
}  // namespace CLI

namespace emailauth::cli {

struct ChosenResolvers {
  std::vector<std::string> servers;  // none: that of /etc/resolv.conf
  std::string trust_anchor;          // file with the root's keys; empty: do not validate

  // All of them for one context: whichever is quicker.
  ResolverOptions together(std::chrono::milliseconds total_time) const;
};

// --resolver, which may be repeated, and --trust-anchor.
void add_resolvers(CLI::App& command, ChosenResolvers& resolvers);

}  // namespace emailauth::cli
