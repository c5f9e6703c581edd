// `emailauth replay`.

#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/analysis/replay.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/options/command.h"
#include "policy/cli/reports/domain_history.h"
#include "policy/cli/reports/replay_run.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"

namespace emailauth::cli {

namespace replay_command {

constexpr char kCommand[] = "replay";

using report::Replay;

struct Options {
  DomainOptions domain;
  std::string policy;
  double tolerance = 1;  // percent
  bool json = false;
};

// The domain's policy in a file of the form of domains/*.json.
Result<DomainPolicy> read_candidate(const std::string& path, const std::string& domain) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{path + ": cannot be read; name another file with --policy"};
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto parsed = parse_json(text);
  if (const auto* error = std::get_if<JsonError>(&parsed))
    return Error{to_string(Diagnostic{Severity::error, path, error->line, error->pointer, error->message})};
  Diagnostics found;
  std::optional<DomainPolicy> out;
  const auto take = [&](DomainPolicy policy) {
    if (policy.domain.to_string() == domain) out = std::move(policy);
  };
  read_domain_file(PolicyNode(std::get<JsonValue>(parsed), path, found), {take});
  for (const Diagnostic& one : found) {
    if (one.severity == Severity::error) return Error{to_string(one)};
  }
  if (!out) return Error{path + ": has no policy for " + in_quotes(domain) + "; name the file that has one"};
  return *out;
}

void print_json(const Replay& replay, bool harms) {
  nlohmann::ordered_json out = json_of(replay);
  out["harms"] = harms;
  print("{}\n", shown_json(out));
}

void print_text(const Replay& replay, bool harms) {
  print("{}, {} to {}: p={} today, p={} tried\n", replay.domain, to_string(replay.since), to_string(replay.until),
        to_text(replay.now), to_text(replay.then));
  for (const report::ReplayedSource& one : replay.sources) print(lines_of(one));
  print("{}\n", harms ? coloured("legitimate mail would be lost", Colour::red)
                      : coloured("no legitimate mail would be lost", Colour::green));
}

int try_policy(const Options& options) {
  Result<DomainHistory> domain = domain_history(options.domain, kReplayWindow);
  if (!domain) return trouble(kCommand, domain.error().message);
  const Result<DomainPolicy> policy = read_candidate(options.policy, domain->history.domain);
  if (!policy) return trouble(kCommand, policy.error().message);
  const Replay found = replay(domain->history, domain->knowledge.known, domain->filter, candidate_of(*policy),
                              policy_today(domain->knowledge, domain->history, domain->filter.until));
  report::ReplayLimits limits;
  limits.lost = options.tolerance;
  const bool harms = found.harms(limits);
  if (options.json)
    print_json(found, harms);
  else
    print_text(found, harms);
  return say_remarks(domain->remarks, "emailauth replay", harms ? kFindings : kFine);
}

}  // namespace replay_command

void add_replay(CLI::App& app, Program& program) {
  using namespace replay_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("replay", "Try a policy on the mail of the past, before it goes live");
  add_domain_options(program, *command, options->domain);
  command->add_option("--policy", options->policy, "The policy to try: a file like domains/*.json")->required();
  command->add_option("--tolerance", options->tolerance, "Percent of a sender's mail that may no longer pass")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100.0));
  add_json(*command, options->json, "the changes");
  command->footer(
      "Judges the stored reports of the last 30 days as the other policy would have: SPF by\n"
      "its netblocks and senders, DKIM by its selectors, alignment, and p. \"refused\" would\n"
      "be quarantined or rejected, which it is not today: 5 % of a sender's mail may be.\n"
      "Your own servers and the services of today's policy are legitimate. \"dmarc set\",\n"
      "\"sender disable\" and \"netblock remove\" do the same automatically.\n\n"
      "Examples:\n"
      "  emailauth replay example.com --policy /tmp/example.com.json\n"
      "  emailauth replay example.com --policy /tmp/example.com.json --since 90d --json\n\n"
      "Exit status: 0 no legitimate mail would be lost, 1 some would, or the database has\n"
      "damaged rows, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return try_policy(*options); });
}

}  // namespace emailauth::cli
