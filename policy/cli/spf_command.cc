
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "policy/base/count.h"
#include "policy/cli/dns/unbound_resolver.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/spf/evaluator.h"
#include "policy/spf/zone_data.h"

namespace emailauth::cli {

namespace spf_command {

constexpr char kCommand[] = "spf";

using spf::Evaluation;
using spf::Verdict;

struct Options {
  std::string ip;
  std::string helo = "unknown";
  std::string from;
  std::string records;
  ChosenResolvers resolvers;
  bool json = false;
};

bool is_error(Verdict verdict) { return verdict == Verdict::temperror || verdict == Verdict::permerror; }

Colour colour_of(Verdict verdict) {
  if (verdict == Verdict::pass) return Colour::green;
  return verdict == Verdict::fail || is_error(verdict) ? Colour::red : Colour::yellow;
}

nlohmann::ordered_json to_json(const Evaluation& e) {
  nlohmann::ordered_json out{{"result", to_string(e.verdict)}, {"domain", e.domain}, {"reason", e.reason}};
  if (!e.explanation.empty()) out["explanation"] = e.explanation;
  out["counts"] = {{"terms", e.terms}, {"void_lookups", e.void_lookups}, {"questions", e.queries}};
  out["trace"] = nlohmann::ordered_json::array();
  for (const spf::TraceStep& step : e.trace) {
    nlohmann::ordered_json asked = nlohmann::ordered_json::array();
    for (const spf::AskedName& question : step.asked) {
      asked.push_back(
          {{"type", to_text(question.type)}, {"name", question.name.to_string()}, {"answer", question.answer}});
    }
    out["trace"].push_back({{"depth", step.depth},
                            {"domain", step.domain},
                            {"term", step.term},
                            {"asked", asked},
                            {"outcome", step.outcome}});
  }
  if (e.trace_omitted > 0) out["trace_omitted"] = e.trace_omitted;
  return out;
}

void print_evaluation(const Evaluation& e) {
  const spf::Limits limits;
  print("{}: {}\n", coloured(to_string(e.verdict), colour_of(e.verdict)), e.reason);
  if (!e.explanation.empty()) print("explanation: {}\n", e.explanation);
  print("{} of {} terms that ask DNS, {} of {} void lookups, {}\n\n", e.terms, limits.terms, e.void_lookups,
        limits.void_lookups, count_of(e.queries, "DNS question"));
  for (const spf::TraceStep& step : e.trace) print("{}\n", step.to_string());
  if (e.trace_omitted > 0) print("... and {} more steps\n", e.trace_omitted);
}

// DNS from a file, or from the network.
Result<std::unique_ptr<Dns>> open_dns(const Options& options) {
  if (options.records.empty()) {
    auto resolver = UnboundResolver::open(options.resolvers.together(ResolverOptions().total_time));
    if (!resolver) return resolver.error();
    return std::unique_ptr<Dns>(std::move(*resolver));
  }
  std::ifstream file(options.records, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return Error{options.records + ": cannot be read"};
  auto zone = spf::ZoneData::parse(text.str());
  if (!zone) return Error{options.records + ": " + zone.error().message};
  return std::unique_ptr<Dns>(std::make_unique<spf::ZoneData>(std::move(*zone)));
}

int evaluate(const Options& options) {
  const Result<IpAddress> client = IpAddress::parse(options.ip);
  if (!client) return trouble(kCommand, "--ip: " + client.error().message);
  const auto dns = open_dns(options);
  if (!dns) return trouble(kCommand, dns.error().message);
  spf::Question question;
  question.client = *client;
  question.helo = options.helo;
  question.mail_from = options.from;
  question.now = now();
  const Evaluation result = check_host(**dns, question);
  if (options.json) {
    print("{}\n", shown_json(to_json(result)));
  } else {
    print_evaluation(result);
  }
  return is_error(result.verdict) ? kFindings : kFine;
}

}  // namespace spf_command

void add_spf(CLI::App& app, Program& program) {
  using namespace spf_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("spf", "Evaluate SPF as a receiver does (RFC 7208)");
  command->add_option("--ip", options->ip, "The client's address")->required();
  command->add_option("--from", options->from, "MAIL FROM; when empty, postmaster@HELO is checked");
  command->add_option("--helo", options->helo, "What the client said in HELO or EHLO")->capture_default_str();
  auto* records =
      command->add_option("--records", options->records, "Take DNS from this JSON file and send no queries");
  program.add_resolvers(*command, options->resolvers);
  for (const char* option : {"--resolver", "--trust-anchor"}) command->get_option(option)->excludes(records);
  add_json(*command, options->json, "the result and the trace");
  command->footer(
      "Prints the result, the term that decided, the counts against the limits of RFC 7208\n"
      "and every step. With --records a record can be tried before it is published:\n"
      "  {\"example.com\": [ {\"TXT\": \"v=spf1 mx -all\"}, {\"MX\": [10, \"mx.example.com\"]} ],\n"
      "   \"mx.example.com\": [ {\"A\": \"192.0.2.1\"} ]}\n\n"
      "Examples:\n"
      "  emailauth spf --ip 192.0.2.1 --from joe@example.com --records dns.json\n"
      "  emailauth spf --ip 192.0.2.1 --from joe@example.com --helo mx.example.com --json\n\n"
      "Exit status: 0 evaluated, 1 temperror or permerror, 2 wrong usage or no DNS.");
  program.on_call(*command, [options] { return evaluate(*options); });
}

}  // namespace emailauth::cli
