// policy/cli/reports/domain_history.h - What the commands about one domain begin with: its
// stored reports, what is known about its mail, and the chosen days.
#pragma once

#include <string>
#include <vector>

#include "policy/analysis/authentication_report.h"
#include "policy/cli/options/command.h"
#include "policy/cli/report_database/report_store.h"
#include "policy/cli/reports/known_sources.h"

namespace emailauth::cli {

struct DomainOptions {
  std::string domain;
  ChosenPath reports;
  ChosenPath policies;
  ChosenPath catalogue;
  std::string since;     // "2026-05-17", or "90d": that many days up to `until`
  std::string until;     // "" for today
  bool resolve = false;  // ask DNS for the names of strangers' addresses
  ChosenResolvers resolvers;
};

// Adds DOMAIN, --reports, --policies, --catalogue, --since, --until, --resolve, --resolver and --trust-anchor.
void add_domain_options(Program& program, CLI::App& command, DomainOptions& options);

struct DomainHistory {
  report::History history;
  DomainKnowledge knowledge;
  report::Filter filter;  // days, and the chosen name below the domain
  StoreRemarks remarks;   // for say_remarks()
};

// Reads everything. The domain of the reports may be above the given one.
// `window` is the number of days without --since. The error says what to do.
Result<DomainHistory> domain_history(const DomainOptions& options, int window);
// The same from an open store, whose remarks the caller must print.
Result<DomainHistory> domain_history(const DomainOptions& options, int window, ReportStore& store);

// Prints the remarks about a database on standard error; `command` begins each line. Returns `status`, or kFindings
// instead of kFine if rows were left out: the command did not print everything that was reported.
int say_remarks(const StoreRemarks& remarks, const char* command, int status);

// The domains in the store that mail can come from, and commands that remove the others, one line each.
struct StoredDomains {
  std::vector<std::string> mail;
  std::vector<std::string> others;
};
Result<StoredDomains> stored_domains(ReportStore& store, const ChosenPath& reports);

}  // namespace emailauth::cli
