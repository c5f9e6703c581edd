#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/cli/command.h"
#include "policy/cli/terminal.h"
#include "policy/lint.h"
#include "policy/policy_directory.h"

namespace emailauth::cli {

namespace {

struct Options {
  std::string directory = "/etc/powerdns/emailauth";
  bool json = false;
};

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::advice: return "advice";
  }
  return "";
}

Colour colour_of(Severity severity) {
  switch (severity) {
    case Severity::error: return Colour::red;
    case Severity::warning: return Colour::yellow;
    case Severity::advice: return Colour::bold;
  }
  return Colour::bold;
}

nlohmann::ordered_json to_json(const LoadReport& report, const Diagnostics& diagnostics) {
  nlohmann::ordered_json out;
  out["files"] = report.files;
  out["domains"] = report.domains;
  out["senders"] = report.senders;
  out["networks"] = report.networks;
  out["zones"] = report.responder ? report.responder->zone_count() : 0;
  out["findings"] = nlohmann::ordered_json::array();
  for (const Diagnostic& d : diagnostics) {
    out["findings"].push_back({{"severity", to_text(d.severity)},
                               {"file", d.file},
                               {"line", d.line},
                               {"pointer", d.pointer},
                               {"message", d.message}});
  }
  return out;
}

std::size_t count(const Diagnostics& diagnostics, Severity severity) {
  return static_cast<std::size_t>(std::count_if(diagnostics.begin(), diagnostics.end(),
                                                [&](const Diagnostic& d) { return d.severity == severity; }));
}

int lint(const Options& options) {
  PolicyDirectory directory(options.directory);
  const LoadReport& report = directory.reload();
  Diagnostics diagnostics = report.diagnostics;
  if (report.responder) {
    const Diagnostics advice = advise(report.responder->snapshot());
    diagnostics.insert(diagnostics.end(), advice.begin(), advice.end());
  }
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  const std::size_t errors = count(diagnostics, Severity::error);
  const std::size_t warnings = count(diagnostics, Severity::warning);
  if (options.json) {
    fmt::print("{}\n", to_json(report, diagnostics).dump(2));
  } else {
    for (const Diagnostic& d : diagnostics) fmt::print("{}\n", coloured(to_string(d), colour_of(d.severity)));
    fmt::print("{} files, {} domains, {} senders, {} zones: {} errors, {} warnings, {} pieces of advice\n",
               report.files, report.domains, report.senders, report.responder ? report.responder->zone_count() : 0,
               errors, warnings, count(diagnostics, Severity::advice));
  }
  return errors + warnings > 0 ? kFindings : kFine;
}

}  // namespace

void add_lint(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("lint", "Check a policy directory with the loader of the server");
  command->add_option("DIR", options->directory, "The policy directory")->capture_default_str();
  command->add_flag("--json", options->json, "Print findings as JSON");
  command->footer(
      "Loads DIR exactly as the server does, then adds advice that costs more time than a\n"
      "server has. Each finding is one line: file:line: pointer: what; what to do.\n\n"
      "Examples:\n"
      "  emailauth lint pdns-conf/emailauth\n"
      "  emailauth lint --json /etc/powerdns/emailauth\n\n"
      "Exit status: 0 no errors and no warnings, 1 findings, 2 wrong usage.");
  command->callback([options, &status] { status = lint(*options); });
}

}  // namespace emailauth::cli
