#include "policy/cli/reports/domain_history.h"

#include <CLI/CLI.hpp>

#include "policy/base/command_line.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/options/command.h"
#include "policy/cli/report_database/report_store.h"
#include "policy/cli/reports/confirmed_names.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/shown.h"
#include "policy/net/domain_text.h"
#include "policy/report/report_time.h"

namespace emailauth::cli {

namespace {

constexpr std::chrono::seconds kMostWaiting{60};  // for all names together

// Returns the domain in the form in which reports are stored; version 0.1.0 also stored other domains.
bool is_mail_domain(const std::string& text) {
  const Result<Name> name = parse_mail_domain(text);
  return name && !name->is_root() && name->to_string() == text;
}

Result<report::Filter> window_of(const DomainOptions& options, int window) {
  report::Filter out;
  out.until = day_of(now());
  if (!options.until.empty()) {
    const auto day = parse_day(options.until);
    if (!day) return Error{"--until: " + in_quotes(options.until) + " is not a day; write one like 2026-05-17"};
    out.until = *day;
  }
  out.since = out.until - Days(window - 1);
  if (options.since.empty()) return out;
  if (const auto days = report::parse_day_count(options.since)) {
    out.since = out.until - Days(*days - 1);
  } else if (const auto day = parse_day(options.since)) {
    out.since = *day;
  } else {
    return Error{"--since: " + in_quotes(options.since) + " is not a day; write one like 2026-05-17, or 90d"};
  }
  if (out.since > out.until)
    return Error{"--since: " + in_quotes(options.since) + " is after " + to_string(out.until) +
                 ", where the report ends"};
  return out;
}

std::string list_of_domains(ReportStore& store) {
  const auto domains = store.domains();
  std::string out;
  int listed = 0;
  for (std::size_t i = 0; domains && i < domains->size() && listed < 5; ++i) {
    if (!is_mail_domain((*domains)[i])) continue;
    out += (out.empty() ? "" : ", ") + (*domains)[i];
    ++listed;
  }
  return out.empty() ? "it has none" : "it has some about " + out;
}

}  // namespace

void add_domain_options(Program& program, CLI::App& command, DomainOptions& options) {
  command.add_option("DOMAIN", options.domain, "The domain in From")->required();
  program.add_reports(command, options.reports);
  program.add_policies(command, options.policies, Need::if_there);
  program.add_catalogue(command, options.catalogue);
  command.add_option("--since", options.since, "From this day on: 2026-05-17, or 90d for that many days");
  command.add_option("--until", options.until, "Up to and including this day [today]");
  auto* resolve = command.add_flag("--resolve", options.resolve, "Query DNS for the names of unknown addresses");
  program.add_resolvers(command, options.resolvers);
  for (const char* option : {"--resolver", "--trust-anchor"}) command.get_option(option)->needs(resolve);
}

Result<DomainHistory> domain_history(const DomainOptions& options, int window) {
  Result<ReportStore> store = ReportStore::open(options.reports.path, ReportStore::Mode::read);
  if (!store) return store.error();
  Result<DomainHistory> out = domain_history(options, window, *store);
  if (out) out->remarks = store->remarks();
  return out;
}

Result<DomainHistory> domain_history(const DomainOptions& options, int window, ReportStore& store) {
  const Result<Name> domain = parse_typed_domain(options.domain);
  if (!domain) return domain.error();
  Result<report::Filter> filter = window_of(options, window);
  if (!filter) return filter.error();
  for (Name at = *domain; !at.is_root(); at = at.parent()) {
    Result<std::optional<report::History>> history = store.history(at.to_string());
    if (!history) return history.error();
    if (!*history) continue;
    Result<DomainKnowledge> knowledge = domain_knowledge(at, {options.policies.path, options.catalogue.path, {}});
    if (!knowledge) return knowledge.error();
    if (at != *domain) filter->header_from = domain->to_string();
    if (options.resolve) {
      auto names = confirmed_names(**history, knowledge->known, *filter, options.resolvers.together(kMostWaiting));
      if (!names) return names.error();
      knowledge->known.names = std::move(*names);
    }
    return DomainHistory{std::move(**history), std::move(*knowledge), std::move(*filter), {}};
  }
  std::string damage = store.remarks().damage;
  if (!damage.empty()) damage = " (" + damage + ")";
  return Error{options.reports.path + ": has no reports about " + in_quotes(options.domain) + "; " +
               list_of_domains(store) + damage};
}

int say_remarks(const StoreRemarks& remarks, const char* command, int status) {
  for (const std::string* remark : {&remarks.damage, &remarks.exposure}) {
    if (!remark->empty()) complain("{}: {}\n", command, *remark);
  }
  return remarks.damage.empty() || status != kFine ? status : kFindings;
}

Result<StoredDomains> stored_domains(ReportStore& store, const ChosenPath& reports) {
  const Result<std::vector<std::string>> domains = store.domains();
  if (!domains) return domains.error();
  StoredDomains out;
  for (const std::string& domain : *domains) {
    if (is_mail_domain(domain)) {
      out.mail.push_back(domain);
    } else if (!domain.empty()) {  // "" belongs to failure reports that name none
      CommandLine remove({"emailauth", "reports", "remove"});
      remove.option("--domain", domain);
      if (reports.command_line) remove.option("--reports", reports.path);
      out.others.push_back(in_quotes(domain) + " is not a mail domain, and is left out; to remove its reports run: " +
                           remove.flag("--write").text());
    }
  }
  return out;
}

}  // namespace emailauth::cli
