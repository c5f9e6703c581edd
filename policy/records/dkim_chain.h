// policy/records/dkim_chain.h - Follows the CNAMEs of a domain's own selectors as far as one policy shows.
//
// Knows nothing about other domains: see check_selector_chains() in policy/directory/lint.h.
#pragma once

#include <cstddef>

#include "policy/records/dkim_key.h"

namespace emailauth {

// How many CNAMEs PowerDNS follows for one question; with one more it answers SERVFAIL.
inline constexpr std::size_t kMostCnames = 10;

// Reports each CNAME below _domainkey of `domain` that leads to a selector there without a key, and each chain of
// CNAMEs that never ends. `node` is the object "dkim", from which `policy` was read without errors.
void check_dkim_chains(const PolicyNode& node, const DkimPolicy& policy, const Name& domain);

}  // namespace emailauth
