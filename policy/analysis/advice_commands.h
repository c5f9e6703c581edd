// policy/analysis/advice_commands.h - The commands of `emailauth` that advice recommends.
//
// Owns their syntax; each is a line that can be run as printed. Knows nothing about when one is needed.
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
  // `directory` and `catalogue` are those that options named, so that commands repeat them; "" for the configured ones.
  AdviceCommands(std::string domain, std::string directory, std::string catalogue);

  CommandLine dmarc_set(std::initializer_list<std::string_view> tags) const;  // "p=reject", "sp=reject"
  CommandLine netblock_add(const std::vector<std::string>& networks) const;
  CommandLine dkim_import(const std::set<std::string>& selectors) const;
  CommandLine import(const std::set<std::string>& selectors) const;
  CommandLine sender_enable(const std::string& sender) const;
  CommandLine block(bool has_policy) const;
  CommandLine records_live() const;
  CommandLine check(const std::set<std::string>& selectors) const;
  // For a service of the catalogue that the policy directory lacks.
  CommandLine senders_add(const std::string& sender) const;
  CommandLine senders_refresh(const std::string& sender) const;

 private:
  // Completes a command that changes policies: adds the directory and --write.
  CommandLine edit(const CommandLine& command) const;

  std::string domain_;
  std::string directory_;
  std::string catalogue_;
};

}  // namespace emailauth::report
