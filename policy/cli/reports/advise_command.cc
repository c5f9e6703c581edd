// `emailauth advise`.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "policy/analysis/advice.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/options/command.h"
#include "policy/cli/reports/domain_history.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/remark_text.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"

namespace emailauth::cli {

namespace advise_command {

constexpr char kCommand[] = "advise";

using Json = nlohmann::ordered_json;
using report::Advice;
using report::Obstacle;
using report::Stage;

constexpr int kWindow = 30;  // days

struct Options {
  DomainOptions domain;
  bool json = false;
};

Stage stage_of(DmarcAction action) {
  switch (action) {
    case DmarcAction::none: return Stage::none;
    case DmarcAction::quarantine: return Stage::quarantine;
    case DmarcAction::reject: return Stage::reject;
  }
  return Stage::none;
}

report::PolicyState state_of(const DomainKnowledge& knowledge, const DomainOptions& options) {
  report::PolicyState out;
  out.directory = options.policies.named();
  out.catalogue = options.catalogue.named();
  out.managed = knowledge.policy.has_value();
  if (out.managed && knowledge.policy->mode == DomainMode::blocked) {
    out.known = out.subdomains = true;
    out.stage = Stage::blocked;
  } else if (out.managed && knowledge.policy->dmarc) {
    const DmarcPolicy& dmarc = *knowledge.policy->dmarc;
    const DmarcAction sp = dmarc.sp.value_or(dmarc.p);
    out.known = true;
    out.stage = dmarc.testing ? Stage::none : stage_of(dmarc.p);
    out.subdomains = sp >= dmarc.p && dmarc.np.value_or(sp) >= dmarc.p;
  }
  return out;
}

Json json_of(const std::vector<Obstacle>& obstacles) {
  Json out = Json::array();
  for (const Obstacle& one : obstacles) {
    out.push_back({{"name", one.name},
                   {"source", one.source},
                   {"what", one.what},
                   {"evidence", one.evidence},
                   {"todo", one.todo.lines()}});
  }
  return out;
}

void print_json(const Advice& advice) {
  const Json out{{"domain", advice.domain},
                 {"since", to_string(advice.since)},
                 {"until", to_string(advice.until)},
                 {"now", to_text(advice.now)},
                 {"next", advice.next ? Json(to_text(*advice.next)) : Json()},
                 {"ready", advice.ready},
                 {"obstacles", json_of(advice.obstacles)},
                 {"notes", json_of(advice.notes)},
                 {"todo", advice.todo.lines()}};
  print("{}\n", shown_json(out));
}

void print_obstacles(const std::vector<Obstacle>& obstacles, Colour colour, const char* word) {
  for (const Obstacle& one : obstacles) {
    print("\n{}: {}\n", coloured(fmt::format("{}[{}]", word, one.name), colour), printable(one.what));
    for (const std::string& line : one.evidence) print("  seen: {}\n", printable(line));
    print(why_and_todo(one, 2));
  }
}

std::string step_text(Stage next) {
  if (next == Stage::blocked) return "to be blocked (nothing is known to send in its name)";
  return fmt::format("for {}", to_text(next));
}

void print_text(const Advice& advice) {
  print("{} is at {} ({} to {})\n", advice.domain, to_text(advice.now), to_string(advice.since),
        to_string(advice.until));
  if (!advice.next)
    print("{}\n", coloured("there is no further step", Colour::green));
  else
    print("{}\n", coloured(fmt::format("{} {}", advice.ready ? "ready" : "not ready", step_text(*advice.next)),
                           advice.ready ? Colour::green : Colour::yellow));
  print(todo_text(advice.todo, 2));
  print_obstacles(advice.obstacles, Colour::red, "obstacle");
  print_obstacles(advice.notes, Colour::yellow, "note");
}

int advise(const Options& options) {
  Result<DomainHistory> domain = domain_history(options.domain, kWindow);
  if (!domain) return trouble(kCommand, domain.error().message);
  const report::KnownSources& known = domain->knowledge.known;
  const auto counted = authentication_report(domain->history, known, domain->filter);
  const Advice advice = advice_for(counted, known, state_of(domain->knowledge, options.domain));
  if (options.json)
    print_json(advice);
  else
    print_text(advice);
  return say_remarks(domain->remarks, "emailauth advise", advice.ready || !advice.next ? kFine : kFindings);
}

}  // namespace advise_command

void add_advise(CLI::App& app, Program& program) {
  using namespace advise_command;
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("advise", "Say whether a domain is ready for the next DMARC policy, and what is missing");
  add_domain_options(program, *command, options->domain);
  add_json(*command, options->json, "the advice");
  command->footer(
      "Reads the stored reports of the last 30 days. A domain is ready for the next policy\n"
      "if 95 % of the mail of every sender in its policy passes DMARC, and no stranger has\n"
      "1 % of its mail. From p=none the way leads to p=quarantine, and after receivers have\n"
      "seen that for two weeks, to p=reject with sp and np; a domain that sends nothing is\n"
      "blocked. Each obstacle says what was seen and what to do next.\n\n"
      "Examples:\n"
      "  emailauth advise example.com\n"
      "  emailauth advise example.com --since 90d --json\n\n"
      "Exit status: 0 ready, or nothing is left to do, 1 not ready, or the database has\n"
      "damaged rows, 2 wrong usage or I/O, or there are no reports about the domain.");
  program.on_call(*command, [options] { return advise(*options); });
}

}  // namespace emailauth::cli
