#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>

#include "policy/cli/check/check_output.h"
#include "policy/cli/check/check_run.h"
#include "policy/cli/dns/check_dns.h"
#include "policy/cli/dns/chosen_resolvers.h"
#include "policy/cli/options/command.h"
#include "policy/cli/services/known_services.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/list_file.h"
#include "policy/cli/terminal/shown.h"
#include "policy/directory/policy_directory.h"
#include "policy/net/domain_text.h"
#include "policy/publish/publication.h"

namespace emailauth::cli {

namespace check_command {

constexpr char kCommand[] = "check";

struct Options {
  std::vector<std::string> domains;
  std::string file;
  ChosenPath policies;
  ChosenPath catalogue;
  ChosenResolvers resolvers;
  std::vector<std::string> selectors;
  unsigned parallel = 8;
  bool json = false;
  bool findings = false;
};

// Returns the domains to check. Complains about words that are not domains, which makes `status` kTrouble.
class DomainList {
 public:
  void add(const std::string& text, const std::string& place) {
    const Result<Name> name = parse_mail_domain(text);
    if (!name) {
      status_ = trouble(kCommand, place + name.error().message);
    } else if (seen_.insert(*name).second) {
      domains_.push_back(*name);
    }
  }

  void read_file(const std::string& path) {
    const std::string file = path == "-" ? "standard input" : path;
    const Result<std::vector<ListedLine>> lines = read_list(path);
    if (!lines) {
      status_ = trouble(kCommand, file + ": cannot be read");
      return;
    }
    for (const ListedLine& line : *lines) add(line.text, fmt::format("{}:{}: ", file, line.number));
  }

  const std::vector<Name>& domains() const { return domains_; }
  int status() const { return status_; }

 private:
  std::vector<Name> domains_;
  std::set<Name> seen_;
  int status_ = kFine;
};

// What is known before DNS is queried.
struct Knowledge {
  KnownServices services;
  std::shared_ptr<const Responder> responder;

  check::CheckOptions options_of(const Name& domain) const {
    check::CheckOptions out{services.selectors, services.catalogue};
    if (!responder) return out;
    const Result<Publication> wanted = publication_of(*responder, domain, {});
    if (wanted) add_new(wanted->selectors, out.selectors);
    return out;
  }
};

// The policy directory to look into. Nobody named the default one: that it cannot be read only costs what it knows.
std::string directory_of(const Options& options) {
  const std::string& path = options.policies.path;
  if (path.empty() || !options.policies.is_default || access(path.c_str(), R_OK | X_OK) == 0) return path;
  trouble(kCommand, path + ": cannot be read, so the selectors of its policies are not looked for");
  return "";
}

Result<Knowledge> gather(const Options& options) {
  const std::string path = directory_of(options);
  Result<KnownServices> services = known_services({path, options.catalogue.path, options.selectors, ""});
  if (!services) return services.error();
  Knowledge out{std::move(*services), nullptr};
  if (path.empty()) return out;
  PolicyDirectory directory(path);
  const LoadReport& loaded = directory.reload(day_of(now()));
  if (!loaded.responder) {
    return Error{loaded.diagnostics.empty() ? path + ": contains no policies" : to_string(loaded.diagnostics.front())};
  }
  out.responder = loaded.responder;
  return out;
}

// Prints reports as they come, and keeps the exit status.
class Output {
 public:
  Output(bool json, std::size_t total) : json_(json), total_(total) {
    if (json_) print("[");
  }

  void add(const check::DomainReport& report) {
    if (json_)
      print("{}\n{}", printed_ == 0 ? "" : ",", shown_json(to_json(report)));
    else
      print((printed_ == 0 ? Shown() : Shown::lines("\n")) + to_text(report));
    std::fflush(stdout);
    ++printed_;
    if (report.findings.need_action()) ++faulty_;
    if (report.timed_out) timed_out_ = true;
  }

  int finish() {
    if (json_) print("\n]\n");
    if (!json_ && total_ > 1) print("\n{} domains checked, {} with errors or warnings\n", printed_, faulty_);
    if (timed_out_) return kTrouble;
    return faulty_ > 0 ? kFindings : kFine;
  }

 private:
  const bool json_;
  const std::size_t total_;
  std::size_t printed_ = 0;
  std::size_t faulty_ = 0;
  bool timed_out_ = false;
};

int check_all(const Options& options) {
  if (options.findings) {
    print(list_of_findings());
    return kFine;
  }
  DomainList list;
  for (const std::string& domain : options.domains) list.add(domain, "");
  if (!options.file.empty()) list.read_file(options.file);
  if (list.domains().empty()) {
    return list.status() != kFine ? kTrouble
                                  : trouble(kCommand, "nothing to check; name a domain, or a list with --file");
  }
  const Result<Knowledge> known = gather(options);
  if (!known) return trouble(kCommand, known.error().message);
  CheckRun run;
  run.resolver = options.resolvers.together(kDomainTime);
  run.parallel = options.parallel;
  run.progress = isatty(STDERR_FILENO) == 1;
  run.options_of = [&known](const Name& domain) { return known->options_of(domain); };
  std::optional<Output> output;
  const auto begin = [&]() -> Output& {
    return output ? *output : output.emplace(options.json, list.domains().size());
  };
  const Result<bool> checked = check_domains(list.domains(), run, [&](const auto& report) { begin().add(report); });
  if (!checked) return trouble(kCommand, checked.error().message);
  return std::max(begin().finish(), list.status());
}

}  // namespace check_command

void add_check(CLI::App& app, Program& program) {
  using namespace check_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("check", "Ask DNS what a domain publishes about mail, and what is wrong");
  command->add_option("DOMAIN", options->domains, "Domains to check");
  command->add_option("--file", options->file, "… and those in this file, one per line; \"-\" is standard input");
  program.add_resolvers(*command, options->resolvers);
  command->add_option("--selector", options->selectors, "Look for this DKIM selector too; may be repeated")
      ->allow_extra_args(false);
  program.add_policies(*command, options->policies, Need::if_there);
  program.add_catalogue(*command, options->catalogue);
  command->add_option("--parallel", options->parallel, "Domains checked at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  add_json(*command, options->json, "facts and findings of each domain");
  command->add_flag("--findings", options->findings, "List the names of all possible findings, and end");
  command->footer(
      "Checks SPF with everything it includes, DMARC as old and new receivers find it,\n"
      "DKIM keys, BIMI, MTA-STS, TLS-RPT, mail servers, names of addresses and DNSSEC, and\n"
      "says who answers for the domain now. DNS cannot list selectors: those of the\n"
      "catalogue and common ones are tried; name yours with --selector or --policies.\n\n"
      "Each finding has a stable name, what was found and where, why it\n"
      "matters, what to do, and where the standard says so:\n"
      "  error    mail is lost, refused or forged, or a record does nothing\n"
      "  warning  some receivers do not do what is intended; protection is weaker than it looks\n"
      "  advice   nothing is broken\n\n"
      "In the tree of SPF, numbers count a term with everything below it; receivers allow\n"
      "10 lookups and 2 void ones (that find nothing).\n\n"
      "Examples:\n"
      "  emailauth check example.com\n"
      "  emailauth check example.com --selector s2026 --trust-anchor /usr/share/dns/root.key\n"
      "  emailauth check --file domains.txt --parallel 16 --json\n"
      "  emailauth check --file domains.txt --policies pdns-conf/emailauth --resolver 192.0.2.53\n\n"
      "Exit status: 0 no errors and no warnings, 1 there are some, 2 wrong usage, I/O, or a\n"
      "resolver that does not answer.");
  program.on_call(*command, [options] { return check_all(*options); });
}

}  // namespace emailauth::cli
