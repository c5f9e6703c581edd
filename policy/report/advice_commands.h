// policy/report/advice_commands.h - The commands of `emailauth` that advice ends in.
//
// Owns their syntax; each is a line to be run as it stands. Knows nothing of when
// one is needed.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace emailauth::report {

class AdviceCommands {
 public:
  // `directory` and `catalogue`: "" for the usual ones, which need not be named.
  AdviceCommands(std::string domain, std::string directory, std::string catalogue);

  std::string dmarc_set(const std::string& tags) const;  // "p=reject sp=reject"
  std::string netblock_add(const std::vector<std::string>& networks) const;
  std::string dkim_import(const std::set<std::string>& selectors) const;
  std::string import(const std::set<std::string>& selectors) const;
  std::string sender_enable(const std::string& sender) const;
  std::string block(bool has_policy) const;
  std::string records_live() const;
  std::string check(const std::set<std::string>& selectors) const;
  // Of a service of the catalogue that the policy directory has not.
  std::string senders_add(const std::string& sender) const;
  std::string senders_refresh(const std::string& sender) const;

 private:
  std::string edit(const std::string& words) const;

  std::string domain_;
  std::string directory_;
  std::string dir_option_;
  std::string catalogue_option_;
};

}  // namespace emailauth::report
