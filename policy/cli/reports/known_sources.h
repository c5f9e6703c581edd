// policy/cli/reports/known_sources.h - What policy files and the catalogue say about a domain's mail.
//
// Finds the domain in a policy directory without loading all of it. Knows
// nothing about reports.
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
  std::map<std::string, std::string> instead;  // texts that replace domain files, by relative name
};

struct DomainKnowledge {
  report::KnownSources known;
  std::string directory;               // the policy directory; "" if there is none
  std::string file;                    // relative: the domain's file; "" if there is none
  std::optional<DomainPolicy> policy;  // the domain's own
};

// Adds what a policy says about who may send: senders, netblocks, keys that are not revoked.
void add_policy(const DomainPolicy& policy, report::KnownSources& out);

// Returns the domain's policy, or that of the nearest domain above it; as in the server's answers, the policy above
// fills in what a subdomain entry leaves open. The error names the file; a domain without a file is not an error.
Result<DomainKnowledge> domain_knowledge(const Name& domain, const PolicySources& where);

}  // namespace emailauth::cli
