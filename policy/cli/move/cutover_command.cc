#include <unistd.h>

#include <algorithm>
#include <memory>

#include "policy/cli/dns/asking_dns.h"
#include "policy/cli/dns/check_dns.h"
#include "policy/cli/dns/chosen_resolvers.h"
#include "policy/cli/move/cutover_output.h"
#include "policy/cli/options/command.h"
#include "policy/cli/records/records_live.h"
#include "policy/cli/services/known_services.h"
#include "policy/cli/terminal/address_list.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/directory/policy_directory.h"
#include "policy/net/domain_text.h"

namespace emailauth::cli {

namespace cutover_command {

constexpr char kCommand[] = "cutover";

// Compares both sides, some of them for each address.
constexpr std::chrono::minutes kCutoverTime{2};

struct Options {
  std::string domain;
  ChosenPath policies;
  ChosenPath catalogue;
  std::string way;
  std::string spf_template;
  ChosenResolvers resolvers;
  std::string root_hints;
  std::vector<std::string> selectors;
  std::string selectors_file;
  std::vector<std::string> addresses;
  std::string addresses_file;
  SeenAddress like;
  bool verify = false;
  bool from_root = false;
  bool json = false;
};

std::optional<Error> check_usage(const Options& options) {
  if (!options.way.empty() && options.way != "ns" && options.way != "cname")
    return Error{"--way " + in_quotes(options.way) + " is not a way to point; use \"ns\" or \"cname\""};
  if (options.from_root && options.resolvers.by_option && !options.resolvers.servers.empty())
    return Error{"--from-root uses no resolver; leave out --resolver"};
  if (!options.root_hints.empty() && !options.from_root)
    return Error{"--root-hints is for walking down from the root; add --from-root"};
  if (options.verify && !(options.addresses.empty() && options.addresses_file.empty()))
    return Error{"--ip and --ips are for comparing before the move; leave them out with --verify"};
  return std::nullopt;
}

// The values of all options, read and checked.
struct Request {
  std::shared_ptr<const Responder> responder;
  std::vector<Publication> ways;  // never empty
  std::vector<Name> selectors;
  std::vector<SeenAddress> addresses;
};

Result<std::shared_ptr<const Responder>> load(const Options& options) {
  PolicyDirectory directory(options.policies.path);
  const LoadReport& loaded = directory.reload(day_of(now()));
  if (loaded.responder) return loaded.responder;
  if (loaded.diagnostics.empty()) return Error{options.policies.path + ": contains no policies"};
  const Diagnostic& first = loaded.diagnostics.front();
  return Error{first.file.empty() ? first.message : to_string(first)};
}

Result<std::vector<Publication>> ways_of(const Options& options, const Responder& responder, const Name& domain) {
  const PointBy first = options.way == "cname" ? PointBy::cname : PointBy::ns;
  std::vector<Publication> out;
  Result<Publication> wanted = publication_of(responder, domain, {first, options.spf_template, {}});
  if (!wanted) return wanted.error();
  out.push_back(std::move(*wanted));
  // After the move either way is right, unless one was chosen.
  if (!options.verify || !options.way.empty() || !responder.snapshot().responder->policy.mirror_zone) return out;
  Result<Publication> other = publication_of(responder, domain, {PointBy::cname, options.spf_template, {}});
  if (other) out.push_back(std::move(*other));
  return out;
}

Result<std::vector<SeenAddress>> addresses_of(const Options& options) {
  std::vector<SeenAddress> out;
  for (const std::string& text : options.addresses) {
    Result<SeenAddress> seen = seen_address(text, options.like);
    if (!seen) return Error{"--ip: " + seen.error().message};
    out.push_back(std::move(*seen));
  }
  if (options.addresses_file.empty()) return out;
  Result<std::vector<SeenAddress>> listed = read_addresses(options.addresses_file, options.like);
  if (!listed) return listed.error();
  out.insert(out.end(), listed->begin(), listed->end());
  return out;
}

Result<Request> read_request(const Options& options) {
  if (const auto error = check_usage(options)) return *error;
  const Result<Name> domain = parse_mail_domain(options.domain);
  if (!domain) return domain.error();
  Request request;
  Result<std::shared_ptr<const Responder>> responder = load(options);
  if (!responder) return responder.error();
  request.responder = std::move(*responder);
  Result<std::vector<Publication>> ways = ways_of(options, *request.responder, *domain);
  if (!ways) return ways.error();
  request.ways = std::move(*ways);
  Result<KnownServices> known =
      known_services({options.policies.path, options.catalogue.path, options.selectors, options.selectors_file});
  if (!known) return known.error();
  request.selectors = std::move(known->selectors);
  Result<std::vector<SeenAddress>> addresses = addresses_of(options);
  if (!addresses) return addresses.error();
  request.addresses = std::move(*addresses);
  return request;
}

ResolverOptions resolver_of(const Options& options) {
  ResolverOptions how = options.resolvers.together(kCutoverTime);
  how.from_root = options.from_root;
  how.root_hints = options.root_hints;
  return how;
}

// A DNS failure proves nothing: prints one line each, and no verdict.
int unanswered(const std::vector<std::string>& failures) {
  for (const std::string& failure : failures) trouble(kCommand, failure);
  return trouble(kCommand,
                 "there is no verdict, because a failure does not show what is published; try again, or name another "
                 "resolver with --resolver");
}

void print_json(const nlohmann::ordered_json& json) { print("{}\n", shown_json(json)); }

int before(const Options& options, const Request& request, Dns& dns) {
  cutover::CutoverOptions what;
  what.directory = options.policies.named();
  what.selectors = request.selectors;
  what.addresses = request.addresses;
  what.like = options.like;
  const Publication& wanted = request.ways.front();
  const cutover::CutoverReport report = cutover::compare_before(dns, *request.responder, wanted, what);
  if (!report.failures.empty()) return unanswered(report.failures);
  if (options.json)
    print_json(to_json(wanted, report));
  else
    print(to_text(wanted, report, options.policies.named()));
  for (const std::string& problem : wanted.problems) trouble(kCommand, problem);
  return report.safe() && wanted.problems.empty() ? kFine : kFindings;
}

// Asks one name server itself; no cache is between.
DnsAnswer ask_server(const IpAddress& server, const DnsQuestion& question) {
  ResolverOptions how;
  how.server = server.to_string();
  if (auto resolver = UnboundResolver::open(how)) return (*resolver)->ask(question);
  DnsAnswer out;
  out.status = DnsStatus::servfail;
  return out;
}

int afterwards(const Options& options, const Request& request, Dns& dns) {
  auto resolver = UnboundResolver::open(resolver_of(options));
  if (!resolver) return trouble(kCommand, resolver.error().message);
  cutover::ArrivalOptions what;
  what.directory = options.policies.named();
  what.selectors = request.selectors;
  what.ask_server = ask_server;
  const cutover::ArrivalReport report = cutover::check_arrival(dns, **resolver, *request.responder, request.ways, what);
  if (!report.failures.empty()) return unanswered(report.failures);
  if (options.json)
    print_json(to_json(request.ways.front(), report));
  else
    print(to_text(request.ways.front(), report));
  return report.good() ? kFine : kFindings;
}

int cutover(const Options& options) {
  const Result<Request> request = read_request(options);
  if (!request) return trouble(kCommand, request.error().message);
  auto dns = CheckDns::open(resolver_of(options));
  if (!dns) return trouble(kCommand, dns.error().message);
  Progress progress(0, isatty(STDERR_FILENO) == 1, std::chrono::seconds(1));
  AskingDns shown(**dns, progress);
  return options.verify ? afterwards(options, *request, shown) : before(options, *request, shown);
}

void add_options(Program& program, CLI::App& command, Options& options) {
  command.add_option("DOMAIN", options.domain, "The domain")->required();
  program.add_policies(command, options.policies);
  program.add_catalogue(command, options.catalogue);
  command.add_option("--way", options.way, "How the owner points to us: ns (the default) or cname");
  command.add_option("--template", options.spf_template, "The SPF term that is published, as in responder.json");
  command.add_option("--selector", options.selectors, "Look for this DKIM selector too; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--selectors", options.selectors_file, "… and for those in this file, one per line");
  command.add_option("--ip", options.addresses, "Judge this address too; may be repeated")->allow_extra_args(false);
  command.add_option("--ips", options.addresses_file, "… and those in this file: ADDRESS [HELO [LOCAL-PART]]");
  command.add_option("--helo", options.like.helo, "… with this HELO unless it has one")->capture_default_str();
  command.add_option("--local-part", options.like.local_part, "… and this local part")->capture_default_str();
  program.add_resolvers(command, options.resolvers);
  command.add_flag("--from-root", options.from_root, "Use no resolver: walk down from the root, as resolvers do");
  command.add_option("--root-hints", options.root_hints, "… with the root's servers in this file");
  command.add_flag("--verify,--after", options.verify, "After the move: check that it works, from the root down");
  add_json(command, options.json, "the findings");
}

}  // namespace cutover_command

void add_cutover(CLI::App& app, Program& program) {
  using namespace cutover_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("cutover", "Compare today's answers with ours, before a move");
  add_options(program, *command, *options);
  command->footer(
      "Before: every known selector, DMARC tag by tag, SPF at the edges of every\n"
      "network of either side, BIMI, MTA-STS, TLS-RPT and report authorisations.\n"
      "  refuse  legitimate mail may be lost: do what the line below says first\n"
      "  change  answers differ, and what passes today still passes\n\n"
      "Afterwards (--verify): pointers in place, every name server answering what the\n"
      "policies say, and DS records if the zone above is signed.\n\n"
      "Examples:\n"
      "  emailauth cutover example.com\n"
      "  emailauth cutover example.com --selectors seen-selectors.txt --ips seen-sending.txt\n"
      "  emailauth cutover example.com --verify --trust-anchor /usr/share/dns/root.key\n"
      "  emailauth cutover example.com --verify --from-root\n\n"
      "Exit status: 0 nothing is in the way, 1 something is, 2 wrong usage, I/O, or DNS\n"
      "that fails.");
  program.on_call(*command, [options] { return cutover(*options); });
}

}  // namespace emailauth::cli
