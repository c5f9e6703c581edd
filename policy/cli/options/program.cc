#include "policy/cli/options/program.h"

#include <algorithm>
#include <filesystem>

#include "policy/base/usual_directory.h"
#include "policy/cli/options/trouble.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

namespace {

// "senders add", of the command below the program.
std::string path_of(const CLI::App& command) {
  const CLI::App* above = command.get_parent();
  if (above == nullptr) return "";
  const std::string before = path_of(*above);
  return before.empty() ? command.get_name() : before + " " + command.get_name();
}

bool is_missing(const std::string& path) {
  std::error_code error;
  return !std::filesystem::exists(path, error) && !error;
}

}  // namespace

void Program::add_configuration(CLI::App& app) {
  app.add_option("--config", named_configuration_,
                 "Read settings from this file instead of " + std::string(kUsualConfiguration))
      ->type_name("FILE")
      ->check([](const std::string& file) { return file.empty() ? "name a file" : ""; });
}

CLI::Option* Program::add(CLI::App& command, const SettingKind& kind, const std::string& what, const std::string& value,
                          Need need, std::function<void(const Setting&)> take) {
  auto given = std::make_shared<std::vector<std::string>>();
  CLI::Option* option = command.add_option("--" + std::string(kind.name), *given, what)->type_name(value);
  option->allow_extra_args(false);
  option->check([](const std::string& text) { return text.empty() ? "it has no value" : ""; });
  if (!kind.is_list) option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  shared_.push_back({&command, kind, given, std::move(take), need});
  return option;
}

void Program::add_path(CLI::App& command, const SettingKind& kind, const std::string& what, const std::string& value,
                       ChosenPath& path, Need need) {
  add(command, kind, what, value, need, [&path, need](const Setting& setting) {
    path = {setting.value(), setting.origin == Origin::standard, setting.origin == Origin::option,
            setting.command_line};
    if (need == Need::if_there && path.is_default && is_missing(path.path)) path.path.clear();
  });
}

void Program::add_policies(CLI::App& command, ChosenPath& policies, Need need) {
  add_path(command, kPolicies, "The policy directory", "DIR", policies, need);
}

void Program::add_catalogue(CLI::App& command, ChosenPath& catalogue, Need need) {
  add_path(command, kCatalogue, "The catalogue of sending services: a folder of sender files", "DIR", catalogue, need);
}

void Program::add_reports(CLI::App& command, ChosenPath& reports, Need need) {
  add_path(command, kReports, "The report database", "FILE", reports, need);
}

void Program::add_resolvers(CLI::App& command, ChosenResolvers& resolvers) {
  add(command, kResolver, "Ask this resolver, ADDRESS or ADDRESS:PORT; may be repeated", "ADDRESS", Need::if_there,
      [&resolvers](const Setting& setting) {
        resolvers.servers = setting.values;
        resolvers.by_option = resolvers.by_option || setting.origin == Origin::option;
      });
  add(command, kTrustAnchor, "Validate DNSSEC with the root keys in this file", "FILE", Need::if_there,
      [&resolvers](const Setting& setting) {
        resolvers.trust_anchor = setting.value();
        resolvers.by_option = resolvers.by_option || setting.origin == Origin::option;
      });
}

void Program::on_call(CLI::App& command, std::function<int()> action) {
  command.callback([this, &command, action = std::move(action)] {
    called_ = &command;
    action_ = action;
  });
}

int Program::run() {
  if (!action_) return kFine;  // --help or --version
  const auto is_used = [this](const Shared& one) { return one.command == called_; };
  if (std::none_of(shared_.begin(), shared_.end(), is_used)) return action_();
  const Result<Settings> settings = Settings::load(named_configuration_, environment_);
  if (!settings) {
    complain("{}\n", settings.error().message);
    return kTrouble;
  }
  configuration_file_ = settings->file();
  for (const Shared& one : shared_) {
    if (!is_used(one)) continue;
    found_.push_back({one.kind, settings->find(one.kind, *one.given)});
    one.take(found_.back().setting);
    if (one.kind.name == kCatalogue.name && one.need == Need::always && found_.back().setting.values.empty())
      trouble(path_of(*called_),
              "there is no catalogue of sending services here, so fewer of them are known; name one with --catalogue");
  }
  return action_();
}

CLI::Option* add_json(CLI::App& command, bool& json, const std::string& what) {
  return command.add_flag("--json", json, "Print " + what + " as JSON");
}

}  // namespace emailauth::cli
