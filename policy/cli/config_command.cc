// `emailauth config`.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/cli/options/command.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

namespace config_command {

struct Options {
  ChosenPath policies;
  ChosenPath catalogue;
  ChosenPath reports;
  ChosenResolvers resolvers;
  bool json = false;
};

// Returns what applies if a setting has no value.
std::string_view unset_text(const SettingKind& kind) {
  if (kind.name == kCatalogue.name) return "none found";
  if (kind.name == kResolver.name) return "those of /etc/resolv.conf";
  return "none: DNSSEC is not validated";
}

std::string text_of(const SettingKind& kind, const Setting& setting) {
  if (setting.values.empty()) return std::string(unset_text(kind));
  std::string out;
  for (const std::string& value : setting.values) out += (out.empty() ? "" : ", ") + value;
  return out;
}

void print_text(const Program& program) {
  std::size_t widest = 0;
  for (const auto& [kind, setting] : program.found()) widest = std::max(widest, text_of(kind, setting).size());
  for (const auto& [kind, setting] : program.found())
    print("{:<12}  {:<{}}  {}\n", kind.name, text_of(kind, setting), std::min<std::size_t>(widest, 60), setting.place);
  const std::string& file = program.configuration_file();
  print("\n{}\n",
        file.empty() ? std::string(kUsualConfiguration) + " does not exist" : "settings are read from " + file);
}

void print_json(const Program& program) {
  nlohmann::ordered_json settings = nlohmann::ordered_json::array();
  for (const auto& [kind, setting] : program.found()) {
    settings.push_back({{"name", kind.name},
                        {"values", setting.values},
                        {"origin", to_text(setting.origin)},
                        {"place", setting.place},
                        {"variable", kind.variable}});
  }
  const std::string& file = program.configuration_file();
  print("{}\n", shown_json({{"file", file.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(file)},
                            {"settings", std::move(settings)}}));
}

}  // namespace config_command

void add_config(CLI::App& app, Program& program) {
  using namespace config_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("config", "Show what is configured, and where each value comes from");
  program.add_policies(*command, options->policies);
  program.add_catalogue(*command, options->catalogue, Need::if_there);
  program.add_reports(*command, options->reports);
  program.add_resolvers(*command, options->resolvers);
  add_json(*command, options->json, "the settings");
  command->footer(
      "Every command takes the value of a setting from the first of these that has one: its\n"
      "option, a variable of the environment, the configuration file, the default.\n"
      "  policies      EMAILAUTH_POLICIES      the policy directory\n"
      "  catalogue     EMAILAUTH_CATALOGUE     sending services: a folder of sender files\n"
      "  reports       EMAILAUTH_REPORTS       the report database\n"
      "  resolver      EMAILAUTH_RESOLVER      one or more, with commas between\n"
      "  trust-anchor  EMAILAUTH_TRUST_ANCHOR  validate DNSSEC with the root keys in this file\n\n"
      "The file is /etc/emailauth/emailauth.conf, or the one that EMAILAUTH_CONFIG or --config\n"
      "names. Each line is empty, a comment, or one setting:\n"
      "  # our resolvers\n"
      "  policies = \"/srv/policies\"\n"
      "  resolver = [\"192.0.2.53\", \"192.0.2.54\"]\n\n"
      "The module in PowerDNS does not read it: its directory is emailauth-dir in pdns.conf.\n\n"
      "Examples:\n"
      "  emailauth config\n"
      "  emailauth config --json\n\n"
      "Exit status: 0 shown, 2 the configuration file is wrong or cannot be read.");
  program.on_call(*command, [options, &program] {
    if (options->json)
      print_json(program);
    else
      print_text(program);
    return kFine;
  });
}

}  // namespace emailauth::cli
