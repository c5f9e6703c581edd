#include "policy/report/advice_commands.h"

#include "policy/shell_word.h"

namespace emailauth::report {

namespace {

constexpr const char* kUsualDirectory = "/etc/powerdns/emailauth";

std::string options_for(const std::set<std::string>& selectors) {
  std::string out;
  for (const std::string& selector : selectors) out += " --selector " + shell_word(selector);
  return out;
}

}  // namespace

AdviceCommands::AdviceCommands(std::string domain, std::string directory, std::string catalogue)
    : domain_(shell_word(domain)),
      directory_(shell_word(directory.empty() ? kUsualDirectory : directory)),
      dir_option_(directory.empty() || directory == kUsualDirectory ? "" : " --dir " + directory_),
      catalogue_option_(catalogue.empty() ? "" : " --catalogue " + shell_word(catalogue)) {}

std::string AdviceCommands::edit(const std::string& words) const {
  return "emailauth " + words + dir_option_ + " --write";
}

std::string AdviceCommands::dmarc_set(const std::string& tags) const {
  return edit("dmarc set " + domain_ + " " + tags);
}

std::string AdviceCommands::netblock_add(const std::vector<std::string>& networks) const {
  std::string words = "netblock add " + domain_;
  for (const std::string& network : networks) words += " " + network;
  return edit(words);
}

std::string AdviceCommands::dkim_import(const std::set<std::string>& selectors) const {
  return edit("dkim import " + domain_ + options_for(selectors));
}

std::string AdviceCommands::import(const std::set<std::string>& selectors) const {
  return edit("import " + domain_ + options_for(selectors));
}

std::string AdviceCommands::sender_enable(const std::string& sender) const {
  return edit("sender enable " + domain_ + " " + shell_word(sender));
}

std::string AdviceCommands::block(bool has_policy) const {
  return edit("block " + domain_ + (has_policy ? "" : " --into domains/parked.jsonl"));
}

std::string AdviceCommands::records_live() const { return "emailauth records " + domain_ + " --live" + dir_option_; }

std::string AdviceCommands::check(const std::set<std::string>& selectors) const {
  return "emailauth check " + domain_ + options_for(selectors);
}

std::string AdviceCommands::senders_add(const std::string& sender) const {
  return "emailauth senders add " + directory_ + " " + shell_word(sender) + catalogue_option_;
}

std::string AdviceCommands::senders_refresh(const std::string& sender) const {
  return "emailauth senders refresh " + directory_ + " " + shell_word(sender);
}

}  // namespace emailauth::report
