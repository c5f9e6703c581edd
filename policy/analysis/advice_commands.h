// policy/analysis/advice_commands.h - The commands of `emailauth` that advice ends in.
//
// Owns their syntax; each is a line to be run as it stands. Knows nothing of when
// one is needed.
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/command_line.h"

namespace emailauth::report {

class AdviceCommands {
 public:
  // `directory` and `catalogue` are what options named, for the commands to repeat; "" for the configured ones.
  AdviceCommands(std::string domain, std::string directory, std::string catalogue);

  CommandLine dmarc_set(std::initializer_list<std::string_view> tags) const;  // "p=reject", "sp=reject"
  CommandLine netblock_add(const std::vector<std::string>& networks) const;
  CommandLine dkim_import(const std::set<std::string>& selectors) const;
  CommandLine import(const std::set<std::string>& selectors) const;
  CommandLine sender_enable(const std::string& sender) const;
  CommandLine block(bool has_policy) const;
  CommandLine records_live() const;
  CommandLine check(const std::set<std::string>& selectors) const;
  // Of a service of the catalogue that the policy directory has not.
  CommandLine senders_add(const std::string& sender) const;
  CommandLine senders_refresh(const std::string& sender) const;

 private:
  // What changes policies: in the directory, and written.
  CommandLine edit(const CommandLine& command) const;

  std::string domain_;
  std::string directory_;
  std::string catalogue_;
};

}  // namespace emailauth::report
