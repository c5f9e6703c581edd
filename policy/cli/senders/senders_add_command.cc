
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/base/command_line.h"
#include "policy/cli/options/command.h"
#include "policy/cli/senders/senders_command.h"
#include "policy/cli/services/sender_files.h"
#include "policy/cli/terminal/shown.h"
#include "policy/json/policy_node.h"

namespace emailauth::cli {

namespace senders_add_command {

constexpr char kCommand[] = "senders";

struct Options {
  ChosenPath policies;
  ChosenPath catalogue;
  std::string id;
  std::string name;
  std::vector<std::string> spf;
  std::vector<std::string> selectors;
};

std::string written(const Options& options) {
  nlohmann::ordered_json out{{"sender", options.id}};
  if (!options.name.empty()) out["name"] = options.name;
  out["spf"] = options.spf;
  if (!options.selectors.empty()) out["dkim"] = {{"selectors", options.selectors}};
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// Returns the catalogue's file, unchanged.
Result<std::string> copied(const Options& options) {
  const std::string& where = options.catalogue.path;
  if (where.empty())
    return Error{"there is no catalogue to copy " + in_quotes(options.id) +
                 " from; write its terms with --spf, or name one with --catalogue"};
  const auto files = load_senders(where);
  if (!files) return files.error();
  if (const auto unknown = unknown_sender(*files, {options.id}))
    return Error{unknown->message + " (in the catalogue; or write its terms with --spf)"};
  const auto file =
      std::find_if(files->begin(), files->end(), [&](const SenderFile& f) { return f.policy.id == options.id; });
  if (!file->error.empty()) return Error{file->error};
  return file->content.text;
}

int add(const Options& options) {
  const Result<Folder> folder = open_senders(options.policies.path);
  if (!folder) return trouble(kCommand, folder.error().message);
  const auto there = load_senders(*folder);
  if (!there) return trouble(kCommand, there.error().message);
  const auto same =
      std::find_if(there->begin(), there->end(), [&](const SenderFile& f) { return f.policy.id == options.id; });
  if (same != there->end()) return trouble(kCommand, same->relative + ": already exists; edit it, or remove it first");
  const Result<std::string> text = options.spf.empty() ? copied(options) : written(options);
  if (!text) return trouble(kCommand, text.error().message);
  const std::string relative = "senders/" + options.id + ".json";
  const Result<SenderPolicy> checked = check_sender_text(relative, *text);
  if (!checked) return trouble(kCommand, checked.error().message);
  const Result<bool> created = create_sender_file(*folder, options.id, *text);
  if (!created) return trouble(kCommand, created.error().message);
  const CommandLine refresh =
      in_directory(CommandLine({"emailauth", "senders", "refresh"}).operand(options.id), options.policies.named());
  print("{} was written; its networks are not known yet\nnext: {}\n", relative, refresh.text());
  if (checked->unverified) print("some of its facts are unverified: check them with the vendor\n");
  return kFine;
}

}  // namespace senders_add_command

void add_senders_add(CLI::App& senders, Program& program) {
  using namespace senders_add_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = senders.add_subcommand("add", "Write a new sender file, from the catalogue or from SPF terms");
  command->add_option("ID", options->id, "The id for domain files, such as \"sendgrid\"")->required();
  command->add_option("--spf", options->spf, "An SPF term, such as include:sendgrid.net; may be given more than once");
  command
      ->add_option("--dkim-selector", options->selectors, "A selector that it signs with; may be given more than once")
      ->needs("--spf");
  command->add_option("--name", options->name, "What people read")->needs("--spf");
  program.add_policies(*command, options->policies);
  program.add_catalogue(*command, options->catalogue, Need::if_there);
  command->footer(
      "Without --spf the file is copied from the catalogue.\n\n"
      "Examples:\n"
      "  emailauth senders add fastmail\n"
      "  emailauth senders add relay --spf include:spf.relay.example\n\n"
      "Exit status: 0 written, 2 wrong usage or I/O; no file is ever overwritten.");
  program.on_call(*command, [options] { return add(*options); });
}

}  // namespace emailauth::cli
