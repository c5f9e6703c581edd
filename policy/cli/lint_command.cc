
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/cli/options/command.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/directory/directory_lint.h"

namespace emailauth::cli {

namespace lint_command {

struct Options {
  ChosenPath policies;
  std::string at;
  bool json = false;
};

nlohmann::ordered_json to_json(const DirectoryLint& lint) {
  nlohmann::ordered_json out;
  out["files"] = lint.report.files;
  out["domains"] = lint.report.domains;
  out["senders"] = lint.report.senders;
  out["networks"] = lint.report.networks;
  out["zones"] = lint.zones();
  out["findings"] = nlohmann::ordered_json::array();
  for (const Diagnostic& d : lint.findings) {
    out["findings"].push_back({{"severity", to_text(d.severity)},
                               {"file", d.file},
                               {"line", d.line},
                               {"pointer", d.pointer},
                               {"message", d.message}});
  }
  return out;
}

int lint(const Options& options) {
  const Result<std::int64_t> time = time_at(options.at);
  if (!time) return trouble("lint", time.error().message);
  const DirectoryLint found = lint_directory(options.policies.path, day_of(*time));
  if (options.json) {
    print("{}\n", shown_json(to_json(found)));
  } else {
    for (const Diagnostic& d : found.findings) print("{}\n", coloured(to_string(d), colour_of(d.severity)));
    print("{}\n", found.summary());
  }
  return found.errors + found.warnings > 0 ? kFindings : kFine;
}

}  // namespace lint_command

void add_lint(CLI::App& app, Program& program) {
  using namespace lint_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("lint", "Check a policy directory with the loader of the server");
  program.add_policies(*command, options->policies);
  add_json(*command, options->json, "findings");
  add_at(*command, options->at);
  command->footer(
      "Loads the directory exactly as the server does, then adds advice that costs more time\n"
      "than a server has. Each finding is one line: file:line: pointer: what; what to do.\n\n"
      "Examples:\n"
      "  emailauth lint\n"
      "  emailauth lint --policies pdns-conf/emailauth --json\n\n"
      "Exit status: 0 no errors and no warnings, 1 findings, 2 wrong usage.");
  program.on_call(*command, [options] { return lint(*options); });
}

}  // namespace emailauth::cli
