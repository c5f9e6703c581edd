// policy/cli/options/program.h - One run of the program: which command was called, and the options that commands share.
//
// Owns the names of shared options and what they say in --help. A command reads the values of its options when its
// action runs: only then are the configuration file and the environment known.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "policy/cli/dns/chosen_resolvers.h"
#include "policy/cli/options/settings.h"

namespace emailauth::cli {

// A directory or file that is configured once for all commands.
struct ChosenPath {
  std::string path;           // "" if there is none
  bool is_default = true;     // neither an option nor the configuration names it
  bool by_option = false;     // an option of the command names it
  bool command_line = false;  // that, or the file that --config names

  // What commands that are printed must repeat to mean the same place; "" if they find it without.
  std::string named() const { return command_line ? path : ""; }
};

// Whether a command needs what an option names. Something that is named must exist in both cases.
enum class Need {
  always,    // the path is set, whether it exists or not; that there is no catalogue is said on standard error
  if_there,  // the path is "" if it is the default one and does not exist
};

class Program {
 public:
  explicit Program(Environment environment) : environment_(std::move(environment)) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Adds --config to the program itself.
  void add_configuration(CLI::App& app);

  // Each adds options to `command` and keeps a reference to the last argument, which must outlive run().
  void add_policies(CLI::App& command, ChosenPath& policies, Need need = Need::always);    // --policies DIR
  void add_catalogue(CLI::App& command, ChosenPath& catalogue, Need need = Need::always);  // --catalogue DIR
  void add_reports(CLI::App& command, ChosenPath& reports, Need need = Need::always);      // --reports FILE
  void add_resolvers(CLI::App& command, ChosenResolvers& resolvers);  // --resolver ADDRESS, --trust-anchor FILE

  // Makes `action` what `command` does; its result is the exit status of the program.
  void on_call(CLI::App& command, std::function<int()> action);

  // Gives the shared options of the command that was called their values, and runs its action. Returns the exit status:
  // kTrouble if the configuration is wrong.
  int run();

  // The settings of this run, each with the values of its option; for the command that was called, in its action.
  struct Found {
    SettingKind kind;
    Setting setting;
  };
  const std::vector<Found>& found() const { return found_; }
  const std::string& configuration_file() const { return configuration_file_; }

 private:
  struct Shared {
    const CLI::App* command;
    SettingKind kind;
    std::shared_ptr<std::vector<std::string>> given;
    std::function<void(const Setting&)> take;
    Need need;
  };

  CLI::Option* add(CLI::App& command, const SettingKind& kind, const std::string& what, const std::string& value,
                   Need need, std::function<void(const Setting&)> take);
  void add_path(CLI::App& command, const SettingKind& kind, const std::string& what, const std::string& value,
                ChosenPath& path, Need need);

  Environment environment_;
  std::string named_configuration_;
  std::string configuration_file_;
  std::vector<Shared> shared_;
  std::vector<Found> found_;
  const CLI::App* called_ = nullptr;
  std::function<int()> action_;
};

// Adds --json: "Print <what> as JSON".
CLI::Option* add_json(CLI::App& command, bool& json, const std::string& what);

}  // namespace emailauth::cli
