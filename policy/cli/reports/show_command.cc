
#include <memory>

#include "policy/base/diagnostic.h"
#include "policy/cli/options/command.h"
#include "policy/cli/reports/domain_history.h"
#include "policy/cli/reports/reports_command.h"
#include "policy/cli/reports/show_output.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/write/file_replace.h"
#include "policy/net/dns_name.h"

namespace emailauth::cli {

namespace show_command {

constexpr char kCommand[] = "reports";

constexpr int kWindow = 30;  // days

struct Options {
  DomainOptions domain;
  std::string receiver;
  std::string disposition;
  std::string html;
  bool json = false;
  bool csv = false;
};

Result<bool> write_page(const std::string& path, std::string text) {
  if (path == "-") {
    print(Shown::lines(text));
    return true;
  }
  const Result<FilePlace> place = place_of(path);
  if (!place) return place.error();
  return write_over(*place, std::move(text));
}

int show(const Options& options) {
  Result<DomainHistory> domain = domain_history(options.domain, kWindow);
  if (!domain) return trouble(kCommand, domain.error().message);
  domain->filter.receiver = ascii_lower(options.receiver);
  if (!options.disposition.empty()) domain->filter.disposition = report::parse_disposition(options.disposition);
  const auto report = authentication_report(domain->history, domain->knowledge.known, domain->filter);
  if (!options.html.empty()) {
    if (const auto written = write_page(options.html, to_html(report)); !written)
      return trouble(kCommand, written.error().message);
  }
  if (options.json)
    print("{}\n", shown_json(to_json(report)));
  else if (options.csv)
    print(to_csv(report));
  else if (options.html.empty())
    print(to_text(report));
  return say_remarks(domain->remarks, "emailauth reports", kFine);
}

}  // namespace show_command

void add_reports_show(CLI::App& reports, Program& program) {
  using namespace show_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = reports.add_subcommand("show", "Who sends in a domain's name, and what passes");
  add_domain_options(program, *command, options->domain);
  command->add_option("--receiver", options->receiver, "Only what receivers with this in their name report");
  command->add_option("--disposition", options->disposition, "Only mail that receivers treated like this")
      ->check(CLI::IsMember({"none", "pass", "quarantine", "reject"}));
  auto* json = add_json(*command, options->json, "everything");
  auto* csv = command->add_flag("--csv", options->csv, "Print one line per source and day as CSV")->excludes(json);
  command
      ->add_option("--html", options->html, "Write one page that needs nothing else to this file; - is standard output")
      ->excludes(json)
      ->excludes(csv);
  command->footer(
      "Names the service behind each address: by its signature, its return path, its\n"
      "networks. \"pass\" is DMARC: SPF or DKIM passed for the domain in From. Sources are\n"
      "  your own servers   in the policy's netblocks, or signed with the policy's own keys\n"
      "  services           in the policy or the catalogue\n"
      "  forwarders         pass on your mail: DKIM survives, SPF does not\n"
      "  possible senders   authenticated, but by an unknown domain: yours, if you know them\n"
      "  unknown            nothing is authenticated: mostly forged\n\n"
      "Without --since the last 30 days are shown.\n\n"
      "Examples:\n"
      "  emailauth reports show example.com\n"
      "  emailauth reports show example.com --since 90d --html example.com.html\n"
      "  emailauth reports show example.com --receiver google --disposition quarantine\n\n"
      "Exit status: 0 shown, 1 shown without damaged rows of the database, 2 wrong usage or\n"
      "I/O, or there are no reports about the domain.");
  program.on_call(*command, [options] { return show(*options); });
}

}  // namespace emailauth::cli
