// policy/cli/reports/known_sources.h - What policy files and the catalogue say of a domain's mail.
//
// Owns finding the domain in a policy directory without loading all of it. Knows
// nothing of reports.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/analysis/source_identity.h"
#include "policy/base/result.h"
#include "policy/files/domain_policy.h"

namespace emailauth::cli {

struct PolicySources {
  std::string policies;                        // a policy directory; "" for none
  std::string catalogue;                       // a folder of sender files; "" for none
  std::map<std::string, std::string> instead;  // texts that count in the place of domain files, by relative name
};

struct DomainKnowledge {
  report::KnownSources known;
  std::string directory;               // the policy directory; "" when there is none
  std::string file;                    // relative: where the domain stands; "" when nowhere
  std::optional<DomainPolicy> policy;  // the domain's own
};

// What a policy says of who may send: senders, netblocks, keys that are not revoked.
void add_policy(const DomainPolicy& policy, report::KnownSources& out);

// The domain's policy, or that of the nearest domain above it; what a subdomain entry
// leaves open is filled in from above, as the server answers. The error names the
// file; a domain that no file holds is no error.
Result<DomainKnowledge> domain_knowledge(const Name& domain, const PolicySources& where);

}  // namespace emailauth::cli
