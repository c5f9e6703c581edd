// policy/records/dkim_chain.h - Where the CNAMEs of a domain's own selectors lead, as far as one policy tells.
//
// Knows nothing of other domains: see check_selector_chains() in policy/directory/lint.h.
#pragma once

#include <cstddef>

#include "policy/records/dkim_key.h"

namespace emailauth {

// CNAMEs that PowerDNS follows for one question; at one more it answers SERVFAIL.
inline constexpr std::size_t kMostCnames = 10;

// Reports each CNAME below _domainkey of `domain` that leads to a selector there which holds no key, and each chain of
// them that never ends. `node` is the object "dkim", from which `policy` was read without errors.
void check_dkim_chains(const PolicyNode& node, const DkimPolicy& policy, const Name& domain);

}  // namespace emailauth
