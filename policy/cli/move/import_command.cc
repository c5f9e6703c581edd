#include <unistd.h>

#include <algorithm>
#include <memory>

#include "policy/base/usual_directory.h"
#include "policy/cli/dns/asking_dns.h"
#include "policy/cli/dns/check_dns.h"
#include "policy/cli/dns/chosen_resolvers.h"
#include "policy/cli/move/import_output.h"
#include "policy/cli/move/import_write.h"
#include "policy/cli/options/command.h"
#include "policy/cli/services/known_services.h"
#include "policy/cli/terminal/address_list.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/directory/policy_directory.h"
#include "policy/net/domain_text.h"
#include "policy/publish/publication.h"

namespace emailauth::cli {

namespace import_command {

constexpr char kCommand[] = "import";

struct Options {
  std::string domain;
  ChosenPath policies;
  ChosenPath catalogue;
  ChosenResolvers resolvers;
  std::vector<std::string> selectors;
  std::string selectors_file;
  std::vector<std::string> subdomains;
  std::string addresses;
  SeenAddress like;
  std::string out;
  bool write = false;
  bool json = false;
};

// What the policies here know: the domain's selectors, and our own terms.
struct Here {
  std::shared_ptr<const Responder> responder;
  std::vector<std::string> own_terms;
  std::vector<Name> selectors;
};

Here look_here(const Options& options, const Name& domain) {
  Here here;
  if (options.policies.path.empty()) return here;
  PolicyDirectory directory(options.policies.path);
  here.responder = directory.reload(day_of(now())).responder;
  if (!here.responder) return here;
  for (const TemplateText& one : here.responder->snapshot().responder->policy.spf_templates)
    here.own_terms.push_back(one.text);
  if (const auto wanted = publication_of(*here.responder, domain, {})) here.selectors = wanted->selectors;
  return here;
}

// The values of all options, read and checked.
struct Request {
  Name domain;
  KnownServices known;
  Here here;
  std::vector<Name> subdomains;
  std::vector<SeenAddress> seen;
};

Result<Request> read_request(const Options& options) {
  if (options.write && !options.out.empty()) return Error{"--out and --write are two places; choose one"};
  if (options.write && options.policies.path.empty())
    return Error{std::string(kUsualDirectory) +
                 " does not exist, and --write writes there; name the policy directory with --policies"};
  Request request;
  const Result<Name> domain = parse_mail_domain(options.domain);
  if (!domain) return domain.error();
  request.domain = *domain;
  Result<KnownServices> known =
      known_services({options.policies.path, options.catalogue.path, options.selectors, options.selectors_file});
  if (!known) return known.error();
  request.known = std::move(*known);
  request.here = look_here(options, *domain);
  for (const Name& selector : request.here.selectors) {
    auto& all = request.known.selectors;
    if (std::find(all.begin(), all.end(), selector) == all.end()) all.push_back(selector);
  }
  for (const std::string& text : options.subdomains) {
    const Result<Name> name = parse_mail_domain(text);
    if (!name) return Error{"--subdomain: " + name.error().message};
    if (name->is_at_or_below(*domain))
      return Error{"--subdomain " + in_quotes(text) + ": write only the labels before " +
                   in_quotes(domain->to_string())};
    request.subdomains.push_back(*name);
  }
  if (options.addresses.empty()) return request;
  Result<std::vector<SeenAddress>> seen = read_addresses(options.addresses, options.like);
  if (!seen) return seen.error();
  request.seen = std::move(*seen);
  return request;
}

Result<importing::Import> ask(const Options& options, const Request& request) {
  auto dns = CheckDns::open(options.resolvers.together(kDomainTime));
  if (!dns) return dns.error();
  Progress progress(0, isatty(STDERR_FILENO) == 1, std::chrono::seconds(1));
  AskingDns shown(**dns, progress);
  importing::ImportOptions what;
  what.directory = options.policies.named();
  what.selectors = request.known.selectors;
  what.subdomains = request.subdomains;
  what.senders = request.known.senders;
  what.catalogue = request.known.catalogue;
  what.own_terms = request.here.own_terms;
  what.seen = request.seen;
  return importing::import_domain(shown, request.domain, what);
}

int import(const Options& options) {
  const Result<Request> request = read_request(options);
  if (!request) return trouble(kCommand, request.error().message);
  const Result<importing::Import> imported = ask(options, *request);
  if (!imported) return trouble(kCommand, imported.error().message);
  const std::string domain = request->domain.to_string();
  if (!imported->exists) return trouble(kCommand, in_quotes(domain) + " does not exist in DNS; correct the name");
  if (!imported->failures.empty()) {
    for (const std::string& failure : imported->failures) trouble(kCommand, failure);
    return trouble(kCommand,
                   "nothing was imported, because a failure does not show what is published; try again, or name "
                   "another resolver with --resolver");
  }
  if (const auto wrong = check_policy_text(domain, imported->policy)) return trouble(kCommand, *wrong);
  if (!options.json) complain(to_text(*imported, domain));
  const int status = imported->complete() ? kFine : kFindings;
  if (options.json) print("{}\n", shown_json(to_json(*imported)));
  if (!options.write && options.out.empty()) {
    if (!options.json) print(Shown::lines(imported->policy));
    return status;
  }
  const Result<std::string> written =
      options.write ? write_into_directory(options.policies.path, request->domain, imported->policy)
                    : write_new_file(options.out, imported->policy);
  if (!written) return trouble(kCommand, written.error().message);
  complain("{} was written\n", *written);
  return status;
}

void add_options(Program& program, CLI::App& command, Options& options) {
  command.add_option("DOMAIN", options.domain, "The domain")->required();
  program.add_policies(command, options.policies, Need::if_there);
  program.add_catalogue(command, options.catalogue);
  command.add_option("--selector", options.selectors, "Look for this DKIM selector too; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--selectors", options.selectors_file, "… and for those in this file, one per line");
  command.add_option("--subdomain", options.subdomains, "Import this subdomain too (\"news\"); may be repeated")
      ->allow_extra_args(false);
  command.add_option(
      "--ips", options.addresses,
      "Ask terms that do not reveal their list about the addresses in this file: ADDRESS [HELO [LOCAL-PART]]");
  command.add_option("--helo", options.like.helo, "… with this HELO unless the file has one")->capture_default_str();
  command.add_option("--local-part", options.like.local_part, "… and this local part")->capture_default_str();
  program.add_resolvers(command, options.resolvers);
  command.add_option("--out", options.out, "Write the policy to this file, which must not exist");
  command.add_flag("--write", options.write, "Write it into the policy directory, which must not have the domain yet");
  add_json(command, options.json, "policy and notes");
}

}  // namespace import_command

void add_import(CLI::App& app, Program& program) {
  using namespace import_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("import", "Write the policy that keeps what a domain publishes now");
  add_options(program, *command, *options);
  command->footer(
      "Asks DNS for SPF, DMARC, DKIM, BIMI, MTA-STS and TLS-RPT, and prints a domain file\n"
      "on standard output, notes on standard error:\n"
      "  lost    works today, but would not with this policy: see what to do\n"
      "  needed  to be done before the policy can be used\n"
      "  note    resolved, left out or followed; nothing that passes today fails because of it\n\n"
      "DNS cannot list selectors: those of the catalogue, of the policies and common ones\n"
      "are tried; name the others, as in s= of DKIM-Signature headers.\n\n"
      "Examples:\n"
      "  emailauth import example.com\n"
      "  emailauth import example.com --selector march26 --subdomain news --write\n"
      "  emailauth import example.com --ips seen-sending.txt --out example.com.json\n\n"
      "Exit status: 0 complete, 1 something is lost or needed, 2 wrong usage, I/O, or DNS\n"
      "that fails.");
  program.on_call(*command, [options] { return import(*options); });
}

}  // namespace emailauth::cli
