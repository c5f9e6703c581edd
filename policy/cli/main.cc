
#include <algorithm>
#include <exception>
#include <sstream>

#include "policy/cli/help/command_tree.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/shown.h"

int main(int argc, char** argv) {
  using namespace emailauth::cli;
  int status = kFine;
  try {
    CLI::App app{"Email authentication policies: checked, explained, published."};
    app.name("emailauth");
    app.set_version_flag("--version", "emailauth " EMAILAUTH_VERSION);
    app.require_subcommand(1);
    app.failure_message([](const CLI::App*, const CLI::Error& e) {
      return Shown(e.what()).text() + "\nRun with --help for more information.\n";
    });
    app.footer(
        "Exit status: 0 fine, 1 findings, 2 wrong usage or I/O.\nEach command has its own --help, with examples.");
    add_lint(app, status);
    add_explain(app, status);
    add_spf(app, status);
    add_senders(app, status);
    add_records(app, status);
    add_check(app, status);
    add_message(app, status);
    add_dkim(app, status);
    add_import(app, status);
    add_cutover(app, status);
    add_block(app, status);
    add_unblock(app, status);
    add_dmarc(app, status);
    add_sender(app, status);
    add_netblock(app, status);
    add_bimi(app, status);
    add_completion(app, status);
    add_man(app, status);
    add_reports(app, status);
    add_advise(app, status);
    add_alerts(app, status);
    add_replay(app, status);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      // "nosuch --help" asks for the help of a command that does not exist.
      if (const auto unknown = unknown_command(command_tree(app), {argv + std::min(argc, 1), argv + argc})) {
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
  } catch (const std::exception& e) {
    complain("emailauth: {}\n", e.what());
    return kTrouble;
  }
  return status;
}
