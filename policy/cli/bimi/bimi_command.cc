// `emailauth bimi check`.
#include "policy/base/some_of.h"
#include "policy/base/text.h"
#include "policy/cli/bimi/bimi_certificate.h"
#include "policy/cli/bimi/bimi_logo.h"
#include "policy/cli/bimi/bimi_material.h"
#include "policy/cli/check/check_output.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/net/domain_text.h"
#include "policy/senders/sender_resolution.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cli {

namespace bimi_command {

constexpr char kCommand[] = "bimi check";

using Json = nlohmann::ordered_json;

constexpr std::size_t kNamesShown = 10;

struct Options {
  BimiSources sources;
  std::vector<std::string> networks;
  std::string roots;
  std::string at;
  bool json = false;
  bool findings = false;
};

struct Report {
  BimiMaterial material;
  std::optional<BimiLogo> logo;
  std::optional<MarkReport> mark;
  check::Findings findings;
};

Json mark_json(const MarkReport& mark) {
  return {{"type", mark.type},
          {"mark_type", mark.mark_type},
          {"subject", mark.subject},
          {"issuer", mark.issuer},
          {"names", mark.names},
          {"not_before", to_rfc3339(mark.not_before)},
          {"not_after", to_rfc3339(mark.not_after)},
          {"certificates", mark.certificates}};
}

Json to_json(const Report& report) {
  const BimiMaterial& material = report.material;
  Json out;
  out["domain"] = material.domain ? Json(material.domain->to_string()) : Json(nullptr);
  out["record"] = material.record;
  out["dmarc"] = material.dmarc;
  out["logo"] = nullptr;
  if (report.logo) {
    out["logo"] = {{"from", material.logo_from}, {"octets", report.logo->svg.size()}, {"title", report.logo->title}};
  }
  out["mark"] = report.mark ? mark_json(*report.mark) : Json(nullptr);
  out["findings"] = Json::array();
  for (const check::Finding& finding : report.findings.all()) out["findings"].push_back(cli::to_json(finding));
  return out;
}

Shown to_text(const Report& report) {
  const BimiMaterial& material = report.material;
  const std::string file = material.logo ? material.logo_from : material.evidence_from;
  const std::string name = material.domain ? material.domain->to_string() : file;
  Shown out = Shown::of("{}: {}\n", coloured(name, Colour::bold), summary(report.findings));
  if (!material.record.empty()) out += Shown::of("  {}\n", spf::visible_text(material.record, 1000));
  if (!material.dmarc.empty()) out += Shown::of("  {}\n", spf::visible_text(material.dmarc, 1000));
  if (material.declines) out += Shown::of("  the domain declines to show a logo\n");
  if (report.logo) {
    out += Shown::of("  logo: {}, {} octets: {}\n", material.logo_from, report.logo->svg.size(),
                     spf::visible_text(report.logo->title));
  }
  if (report.mark) {
    const MarkReport& mark = *report.mark;
    out += Shown::of("  {}: {}, issued by {}, for {}, until {}\n", mark.type.empty() ? "certificate" : mark.type,
                     mark.subject, mark.issuer, some_of(mark.names, kNamesShown), to_rfc3339(mark.not_after));
  }
  for (const check::Finding& finding : report.findings.all()) out += cli::to_text(finding);
  return out;
}

// Checks whatever was given. The logo of the certificate replaces a missing one.
Result<bool> look(const Options& options, std::int64_t now, Report& report) {
  BimiMaterial& material = report.material;
  if (material.logo) report.logo = check_logo(*material.logo, material.logo_from, report.findings);
  if (!material.evidence) return true;
  MarkQuestion question;
  question.where = material.evidence_from;
  question.domain = material.domain;
  question.now = now;
  if (report.logo) question.logo = report.logo->svg;
  if (!options.roots.empty()) {
    Result<std::string> roots = read_named_file("--roots", options.roots);
    if (!roots) return roots.error();
    question.roots = std::move(*roots);
  }
  report.mark = check_mark(*material.evidence, question, report.findings);
  if (report.mark && !material.logo && !report.mark->svg.empty()) {
    report.logo = check_logo(report.mark->svg, "the logo in " + material.evidence_from, report.findings);
    material.logo_from = "in the certificate";
  }
  return true;
}

int bimi_check(const Options& options) {
  if (options.findings) {
    print(list_of_bimi_findings());
    return kFine;
  }
  if (options.sources.domain.empty() && options.sources.logo.empty() && options.sources.evidence.empty()) {
    return trouble(kCommand, "name a domain, or files with --logo and --evidence");
  }
  if (const Result<Name> selector = parse_selector(options.sources.selector); !selector) {
    return trouble(kCommand, "--selector: " + selector.error().message);
  }
  const std::optional<std::int64_t> at = parse_rfc3339(options.at);
  if (!options.at.empty() && !at) {
    return trouble(kCommand,
                   "--at " + in_quotes(options.at) + " is not a time; write one such as \"2026-11-22T00:00:00Z\"");
  }
  BimiSources sources = options.sources;
  for (const std::string& text : options.networks) {
    const Result<IpPrefix> network = IpPrefix::parse(text);
    if (!network) return trouble(kCommand, "--allow-network: " + network.error().message);
    sources.allowed.push_back(*network);
  }
  Report report;
  Result<BimiMaterial> material = gather_bimi(sources, report.findings);
  if (!material) return trouble(kCommand, material.error().message);
  report.material = std::move(*material);
  const Result<bool> looked = look(options, at ? *at : now(), report);
  if (!looked) return trouble(kCommand, looked.error().message);
  report.findings.sort();
  if (options.json)
    print("{}\n", shown_json(to_json(report)));
  else
    print(to_text(report));
  return report.findings.need_action() ? kFindings : kFine;
}

}  // namespace bimi_command

void add_bimi(CLI::App& app, Program& program) {
  using namespace bimi_command;
  CLI::App* bimi = app.add_subcommand("bimi", "Logos next to mail: check them before receivers do");
  bimi->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* command = bimi->add_subcommand("check", "Check a logo, its mark certificate and what DNS says");
  command->add_option("DOMAIN", options->sources.domain, "Ask DNS about this domain, and fetch what its record names");
  command->add_option("--logo", options->sources.logo, "Check this SVG file, plain or compressed with gzip");
  command->add_option("--evidence", options->sources.evidence, "Check this mark certificate with its issuers, as PEM");
  command->add_option("--selector", options->sources.selector, "The selector of the record")->capture_default_str();
  command->add_option("--roots", options->roots, "Trust these issuers of mark certificates (PEM) and no others");
  command->add_option("--web-roots", options->sources.web_roots,
                      "Fetch from web servers that these CAs (PEM) vouch for");
  command
      ->add_option("--allow-network", options->networks,
                   "Fetch from this network, too, at any port; may be repeated. Others must be public")
      ->allow_extra_args(false);
  program.add_resolvers(*command, options->sources.resolvers);
  command->add_option("--at", options->at, "Check certificates as of this time, such as 2026-11-22T00:00:00Z");
  add_json(*command, options->json, "facts and findings");
  command->add_flag("--findings", options->findings, "List the names of all possible findings, and end");
  command->footer(
      "The logo must be SVG Tiny PS: square, at most 32 kB, without scripts, links, animation,\n"
      "pictures and other files. The certificate must be a VMC or CMC for the domain, in force,\n"
      "followed by its issuers, and contain exactly this logo. DMARC must be enforced. Without\n"
      "--roots the issuers are checked among themselves only.\n\n"
      "Strangers' records name the files: they are fetched from port 443 of public addresses\n"
      "only, redirects included, and through no proxy; --allow-network allows more.\n\n"
      "Findings are written like those of \"emailauth check\".\n\n"
      "Examples:\n"
      "  emailauth bimi check example.com\n"
      "  emailauth bimi check --logo logo.svg\n"
      "  emailauth bimi check example.com --logo logo.svg --evidence vmc.pem --json\n\n"
      "Exit status: 0 no errors and no warnings, 1 there are some, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return bimi_check(*options); });
}

}  // namespace emailauth::cli
