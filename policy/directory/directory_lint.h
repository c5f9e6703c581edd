// policy/directory/directory_lint.h - Everything there is to say about a policy directory.
//
// Loads it as the server does and adds the advice of policy/directory/lint.h. Knows
// nothing about terminals.
#pragma once

#include <string>

#include "policy/directory/policy_directory.h"

namespace emailauth {

struct DirectoryLint {
  LoadReport report;
  Diagnostics findings;    // the loader's and the advice, by file and line; the first hundred of each file
  std::size_t errors = 0;  // of all findings, like the counts below
  std::size_t warnings = 0;
  std::size_t advice = 0;

  std::size_t zones() const { return report.responder ? report.responder->zone_count() : 0; }
  // Returns "3 files, 2 domains, 1 senders, 4 zones: 0 errors, …", without a line end.
  std::string summary() const;
};

// Never fails: everything that is wrong becomes a finding.
DirectoryLint lint_directory(const std::string& path, Day today);

}  // namespace emailauth
