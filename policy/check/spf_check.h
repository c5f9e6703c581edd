// policy/check/spf_check.h - What a domain publishes as SPF, and what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/check/spf_tree.h"

namespace emailauth::check {

struct SpfReport {
  std::string record;            // "" if there is none, or more than one
  std::optional<SpfTree> tree;   // of a readable record
  bool sends = true;             // false: "v=spf1 -all" and the like, so nothing may send
  std::vector<IpAddress> hosts;  // single addresses among its own ip4: and ip6: terms
};

SpfReport check_spf(const Subject& subject);

}  // namespace emailauth::check
