// policy/cli/reports/domain_history.h - What the commands about one domain begin with: its
// stored reports, what is known of its mail, and the days that are asked about.
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
  std::string since;     // "2026-05-17", or "90d": so many days up to `until`
  std::string until;     // "" for today
  bool resolve = false;  // ask DNS for the names of strangers' addresses
  ChosenResolvers resolvers;
};

// Adds DOMAIN, --reports, --policies, --catalogue, --since, --until, --resolve, --resolver and --trust-anchor.
void add_domain_options(Program& program, CLI::App& command, DomainOptions& options);

struct DomainHistory {
  report::History history;
  DomainKnowledge knowledge;
  report::Filter filter;  // days, and the name below the domain that was asked for
  StoreRemarks remarks;   // for say_remarks()
};

// Reads all of it. The domain of the reports may lie above the one that was asked for.
// `window`: days when --since is not given. The error says what to do.
Result<DomainHistory> domain_history(const DomainOptions& options, int window);
// The same from a store that is open, whose remarks remain for the caller to say.
Result<DomainHistory> domain_history(const DomainOptions& options, int window, ReportStore& store);

// Says on standard error what there is to say about a database; `command` begins each line. Gives `status`, or
// kFindings in place of kFine when rows were left out: what the command said is not all that was reported.
int say_remarks(const StoreRemarks& remarks, const char* command, int status);

// Domains of the store that mail can be of, and commands that remove the others, one line each.
struct StoredDomains {
  std::vector<std::string> mail;
  std::vector<std::string> others;
};
Result<StoredDomains> stored_domains(ReportStore& store, const ChosenPath& reports);

}  // namespace emailauth::cli
