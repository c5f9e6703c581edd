#include "policy/cli/senders/senders_command.h"
#include "policy/cli/services/sender_files.h"
#include "policy/cli/terminal/clock.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/cli/options/command.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/json/policy_node.h"
#include "policy/senders/sender_resolution.h"

namespace emailauth::cli {

namespace senders_command {

constexpr char kCommand[] = "senders";

using Json = nlohmann::ordered_json;

struct Options {
  ChosenPath policies;
  ChosenPath catalogue;
  std::string id;
  bool json = false;
};

bool due(const SenderPolicy& sender) { return !sender.spf.empty() && is_due(sender, now()); }

Json names_of(const std::vector<Name>& names) {
  Json out = Json::array();
  for (const Name& name : names) out.push_back(name.to_string());
  return out;
}

Json aligns_of(const SenderPolicy& sender) {
  Json out = Json::array();
  if (sender.aligns_spf) out.push_back("spf");
  if (sender.aligns_dkim) out.push_back("dkim");
  return out;
}

Json summary_of(const SenderFile& file) {
  const SenderPolicy& sender = file.policy;
  Json out{{"id", sender.id}, {"file", file.relative}};
  if (!file.error.empty()) {
    out["error"] = file.error;
    return out;
  }
  out["name"] = sender.name;
  out["networks"] = sender.networks.size();
  out["passthrough"] = sender.passthrough.size();
  out["resolved_at"] = sender.resolved_at;
  out["resolved_until"] = sender.resolved_until;
  out["due"] = due(sender);
  out["unverified"] = sender.unverified;
  return out;
}

Json details_of(const SenderFile& file) {
  const SenderPolicy& sender = file.policy;
  Json out = summary_of(file);
  out["spf"] = sender.spf;
  out["dkim_selectors"] = sender.dkim_selectors;
  out["dkim_domains"] = names_of(sender.dkim_domains);
  out["return_path"] = names_of(sender.return_path);
  out["aligns"] = aligns_of(sender);
  out["networks"] = Json::array();
  for (const IpPrefix& network : sender.networks) out["networks"].push_back(network.to_string());
  out["passthrough"] = Json::array();
  for (const PassthroughTerm& term : sender.passthrough) {
    Json row{{"term", term.term}};
    if (term.record) row["record"] = term.record->to_string();
    row["lookups"] = term.lookups;
    for (const IpPrefix& network : term.except) row["except"].push_back(network.to_string());
    out["passthrough"].push_back(row);
  }
  return out;
}

// Returns a value that is not text, on one line.
std::string shown_text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

void print_row(const SenderFile& file) {
  const SenderPolicy& sender = file.policy;
  std::string marks = due(sender) ? "due" : "";
  if (sender.unverified) marks += marks.empty() ? "unverified" : ", unverified";
  print("{:<26} {:<30} {:>8} {:>12}  {:<20}  {:<20}  {}\n", sender.id, printable(sender.name), sender.networks.size(),
        sender.passthrough.size(), sender.resolved_at.empty() ? "-" : sender.resolved_at,
        sender.resolved_until.empty() ? "-" : sender.resolved_until, marks);
}

// Returns the folder that the command shows: the one of the two that an option names, otherwise the policy directory.
const std::string& folder_of(const Options& options) {
  return options.catalogue.by_option ? options.catalogue.path : options.policies.path;
}

void add_places(Program& program, CLI::App& command, Options& options) {
  program.add_policies(command, options.policies);
  program.add_catalogue(command, options.catalogue, Need::if_there);
  command.get_option("--catalogue")->excludes(command.get_option("--policies"));
}

int list(const Options& options) {
  const auto files = load_senders(folder_of(options));
  if (!files) return trouble(kCommand, files.error().message);
  const bool broken = std::any_of(files->begin(), files->end(), [](const SenderFile& f) { return !f.error.empty(); });
  if (options.json) {
    Json rows = Json::array();
    for (const SenderFile& file : *files) rows.push_back(summary_of(file));
    print("{}\n", shown_json(rows));
    return broken ? kFindings : kFine;
  }
  print("{:<26} {:<30} {:>8} {:>12}  {:<20}  {:<20}\n", "ID", "NAME", "NETWORKS", "PASS-THROUGH", "RESOLVED AT",
        "UNTIL");
  for (const SenderFile& file : *files) {
    if (file.error.empty())
      print_row(file);
    else
      print("{:<26} {}\n", file.policy.id, file.error);
  }
  return broken ? kFindings : kFine;
}

void print_details(const Json& details) {
  for (const auto& [key, value] : details.items()) {
    if (!value.is_array()) {
      print("{:<16} {}\n", key, value.is_string() ? printable(value.get<std::string>()) : shown_text(value));
      continue;
    }
    print("{:<16} {}\n", key, value.empty() ? "none" : std::to_string(value.size()));
    for (const Json& item : value)
      print("  {}\n", item.is_string() ? printable(item.get<std::string>()) : shown_text(item));
  }
}

int show(const Options& options) {
  const auto files = load_senders(folder_of(options));
  if (!files) return trouble(kCommand, files.error().message);
  if (const auto unknown = unknown_sender(*files, {options.id})) return trouble(kCommand, unknown->message);
  const auto file =
      std::find_if(files->begin(), files->end(), [&](const SenderFile& f) { return f.policy.id == options.id; });
  const Json details = file->error.empty() ? details_of(*file) : summary_of(*file);
  if (options.json)
    print("{}\n", shown_json(details));
  else
    print_details(details);
  return file->error.empty() ? kFine : kFindings;
}

}  // namespace senders_command

void add_senders_list(CLI::App& senders, Program& program) {
  using namespace senders_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = senders.add_subcommand("list", "List senders: their networks, their age, what is due");
  add_places(program, *command, *options);
  add_json(*command, options->json, "the list");
  command->footer(
      "With --catalogue the services of that folder are listed instead.\n\n"
      "Examples:\n"
      "  emailauth senders list\n"
      "  emailauth senders list --catalogue policy/catalogue --json\n\n"
      "Exit status: 0 fine, 1 a file has errors, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return list(*options); });
}

void add_senders_show(CLI::App& senders, Program& program) {
  using namespace senders_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = senders.add_subcommand("show", "Show everything that is known about one sender");
  command->add_option("ID", options->id, "The sender")->required();
  add_places(program, *command, *options);
  add_json(*command, options->json, "it");
  command->footer(
      "With --catalogue it is read from that folder instead.\n\n"
      "Examples:\n"
      "  emailauth senders show sendgrid\n"
      "  emailauth senders show --catalogue policy/catalogue sendgrid\n\n"
      "Exit status: 0 fine, 1 the file has errors, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return show(*options); });
}

void add_senders(CLI::App& app, Program& program) {
  using namespace senders_command;
  CLI::App* command = app.add_subcommand("senders", "Sending services: add, refresh, compare, identify");
  command->require_subcommand(1);
  add_senders_list(*command, program);
  add_senders_show(*command, program);
  add_senders_refresh(*command, program);
  add_senders_diff(*command, program);
  add_senders_add(*command, program);
  add_senders_identify(*command, program);
}

}  // namespace emailauth::cli
