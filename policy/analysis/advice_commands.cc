#include "policy/analysis/advice_commands.h"

namespace emailauth::report {

namespace {

CommandLine with_selectors(CommandLine command, const std::set<std::string>& selectors) {
  for (const std::string& selector : selectors) command.option("--selector", selector);
  return command;
}

}  // namespace

AdviceCommands::AdviceCommands(std::string domain, std::string directory, std::string catalogue)
    : domain_(std::move(domain)), directory_(std::move(directory)), catalogue_(std::move(catalogue)) {}

CommandLine AdviceCommands::edit(const CommandLine& command) const {
  return in_directory(command, directory_).flag("--write");
}

CommandLine AdviceCommands::dmarc_set(std::initializer_list<std::string_view> tags) const {
  CommandLine out({"emailauth", "dmarc", "set"});
  out.operand(domain_);
  for (const std::string_view tag : tags) out.operand(tag);
  return edit(out);
}

CommandLine AdviceCommands::netblock_add(const std::vector<std::string>& networks) const {
  CommandLine out({"emailauth", "netblock", "add"});
  out.operand(domain_);
  for (const std::string& network : networks) out.operand(network);
  return edit(out);
}

CommandLine AdviceCommands::dkim_import(const std::set<std::string>& selectors) const {
  return edit(with_selectors(CommandLine({"emailauth", "dkim", "import"}).operand(domain_), selectors));
}

CommandLine AdviceCommands::import(const std::set<std::string>& selectors) const {
  return edit(with_selectors(CommandLine({"emailauth", "import"}).operand(domain_), selectors));
}

CommandLine AdviceCommands::sender_enable(const std::string& sender) const {
  return edit(CommandLine({"emailauth", "sender", "enable"}).operand(domain_).operand(sender));
}

CommandLine AdviceCommands::block(bool has_policy) const {
  CommandLine out({"emailauth", "block"});
  out.operand(domain_);
  if (!has_policy) out.option("--into", "domains/parked.jsonl");
  return edit(out);
}

CommandLine AdviceCommands::records_live() const {
  return in_directory(CommandLine({"emailauth", "records"}).operand(domain_).flag("--live"), directory_);
}

CommandLine AdviceCommands::check(const std::set<std::string>& selectors) const {
  return in_directory(with_selectors(CommandLine({"emailauth", "check"}).operand(domain_), selectors), directory_);
}

CommandLine AdviceCommands::senders_add(const std::string& sender) const {
  CommandLine out({"emailauth", "senders", "add"});
  out.operand(sender);
  if (!catalogue_.empty()) out.option("--catalogue", catalogue_);
  return in_directory(out, directory_);
}

CommandLine AdviceCommands::senders_refresh(const std::string& sender) const {
  return in_directory(CommandLine({"emailauth", "senders", "refresh"}).operand(sender), directory_);
}

}  // namespace emailauth::report
