
#include <algorithm>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include "policy/cli/help/command_tree.h"
#include "policy/cli/help/renamed_options.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/shown.h"

namespace {

using emailauth::cli::Program;

// The commands, as --help shows them.
struct Group {
  const char* name;
  std::vector<void (*)(CLI::App&, Program&)> commands;
};

std::vector<Group> groups() {
  using namespace emailauth::cli;
  return {{"Policies", {add_lint, add_explain, add_block, add_unblock, add_dmarc, add_sender, add_netblock}},
          {"Sending services", {add_senders}},
          {"DNS", {add_check, add_spf, add_import, add_cutover, add_records}},
          {"Keys and logos", {add_dkim, add_bimi}},
          {"Mail and reports", {add_message, add_reports, add_advise, add_alerts, add_replay}},
          {"Configuration and help", {add_config, add_completion, add_man}}};
}

void add_commands(CLI::App& app, Program& program) {
  const auto all = [](const CLI::App*) { return true; };
  for (const Group& group : groups()) {
    const std::size_t before = app.get_subcommands(all).size();
    for (const auto add : group.commands) add(app, program);
    const std::vector<CLI::App*> added = app.get_subcommands(all);
    for (std::size_t i = before; i < added.size(); ++i) added[i]->group(group.name);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace emailauth::cli;
  try {
    Program program(process_environment());
    CLI::App app{"Email authentication policies: checked, explained, published."};
    app.name("emailauth");
    app.set_version_flag("--version", "emailauth " EMAILAUTH_VERSION);
    program.add_configuration(app);
    app.fallthrough();
    app.require_subcommand(1);
    app.failure_message([](const CLI::App*, const CLI::Error& e) {
      return Shown(e.what()).text() + "\nRun with --help for more information.\n";
    });
    app.footer(
        "Exit status: 0 fine, 1 findings, 2 wrong usage or I/O.\nEach command has its own --help, with examples.");
    add_commands(app, program);
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (const auto renamed = renamed_option(command_tree(app), words)) {
      complain("{}\n", renamed->message);
      return kTrouble;
    }
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      // "nosuch --help" asks for the help of a command that does not exist.
      if (const auto unknown = unknown_command(command_tree(app), words)) {
        complain("{}\n", unknown->message);
        return kTrouble;
      }
      std::ostringstream out;
      std::ostringstream err;
      const int code = app.exit(e, out, err);
      print(Shown::lines(out.str()));
      complain(Shown::lines(err.str()));
      return code == 0 ? kFine : kTrouble;
    }
    return program.run();
  } catch (const std::exception& e) {
    complain("emailauth: {}\n", e.what());
    return kTrouble;
  }
}
