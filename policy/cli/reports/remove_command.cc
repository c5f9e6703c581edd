// `emailauth reports remove`.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/ingest/report_reader.h"
#include "policy/cli/options/command.h"
#include "policy/cli/report_database/report_store.h"
#include "policy/cli/reports/domain_history.h"
#include "policy/cli/reports/reports_command.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

namespace remove_command {

constexpr char kCommand[] = "reports";

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLines = 50;

struct Options {
  ChosenPath reports;
  ReportQuery query;
  std::vector<std::string> files;
  bool write = false;
  bool json = false;
};

// The reports to be removed, and whether some of those that were named are not among them.
struct Chosen {
  std::vector<FoundReport> reports;
  bool complete = true;
};

using KeyOfKind = std::pair<ReportKind, report::ReportKey>;

KeyOfKind key_of(const report::AnyReport& report) {
  if (const auto* aggregate = std::get_if<report::AggregateReport>(&report)) {
    return {ReportKind::aggregate,
            {aggregate->organisation, aggregate->policy.domain, aggregate->id, aggregate->begin}};
  }
  if (const auto* tls = std::get_if<report::TlsReport>(&report)) return {ReportKind::tls, report::key_of(*tls)};
  const auto& failure = std::get<report::ReceivedFailure>(report);
  return {ReportKind::failure,
          {failure.organisation, failure.report.domain(), failure.id, failure.report.arrival.value_or(0)}};
}

// Returns the stored reports that are also in the files.
Result<Chosen> choose_by_files(const Options& options, ReportStore& store) {
  Chosen out;
  std::vector<KeyOfKind> keys;
  const UnpackLimits limits;
  const ReportSink sink{[&keys](report::AnyReport report) { keys.push_back(key_of(report)); },
                        [&out](Fault fault) {
                          out.complete = false;
                          trouble(kCommand, printable(fault.place) + ": " + printable(fault.reason));
                        }};
  ReportReader reader(limits, sink);
  for (const FoundFile& file : files_below(options.files, sink.fault)) {
    const Result<Descriptor> opened = file.open();
    if (opened)
      reader.read_file(file.path(), *opened);
    else
      sink.fault({file.path(), opened.error().message});
  }
  std::set<std::int64_t> rows;
  for (const auto& [kind, key] : keys) {
    const auto found = store.find(kind, key);
    if (!found) return found.error();
    out.complete = out.complete && !found->empty();
    for (const FoundReport& one : *found) {
      if (rows.insert(one.row).second) out.reports.push_back(one);
    }
  }
  return out;
}

Result<Chosen> choose(const Options& options, ReportStore& store) {
  if (!options.files.empty()) return choose_by_files(options, store);
  auto found = store.find(options.query);
  if (!found) return found.error();
  const bool any = !found->empty();
  return Chosen{std::move(*found), any};
}

std::string line_of(const FoundReport& report) {
  if (report.damaged) return fmt::format("a damaged report about {}", in_quotes(report.key.domain));
  return fmt::format("{}  {}  {}  {}  {}  id {}", report.kind,
                     report.key.domain.empty() ? "(no domain)" : printable(report.key.domain),
                     report.key.organisation.empty() ? "(nobody)" : printable(report.key.organisation),
                     to_string(report.day), count_of(report.messages, report.kind == "tls" ? "session" : "message"),
                     printable(report.key.id));
}

Json json_of(const FoundReport& report) {
  return {{"kind", report.damaged ? Json() : Json(report.kind)},
          {"domain", report.key.domain},
          {"organization", report.key.organisation},
          {"id", report.key.id},
          {"begin", report.key.begin},
          {"day", to_string(report.day)},
          {"messages", report.messages},
          {"damaged", report.damaged}};
}

void print_text(const std::vector<FoundReport>& reports, const std::optional<RemovedReports>& removed) {
  for (std::size_t i = 0; i < reports.size() && i < kMostLines; ++i) print("{}\n", line_of(reports[i]));
  if (reports.size() > kMostLines) print("… and {} more; --json has all\n", reports.size() - kMostLines);
  if (reports.empty()) {
    print("no stored report matches\n");
  } else if (!removed) {
    print("{} would be removed; nothing was written: use --write\n", count_of(reports.size(), "report"));
  } else {
    print("{} {} removed\n", count_of(removed->reports, "report"), word_for(removed->reports, "was", "were"));
  }
  if (removed && removed->days_kept > 0) {
    print(
        "the counts of {} stay: version 0.1.0 stored them together with those of other reports of the same day;\n"
        "remove these, too, and ingest them again\n",
        count_of(removed->days_kept, "day"));
  }
}

void print_json(const std::vector<FoundReport>& reports, const std::optional<RemovedReports>& removed) {
  Json list = Json::array();
  for (const FoundReport& one : reports) list.push_back(json_of(one));
  const Json out{{"reports", std::move(list)},
                 {"removed", removed ? removed->reports : 0},
                 {"days_kept", removed ? removed->days_kept : 0},
                 {"written", removed.has_value()}};
  print("{}\n", shown_json(out));
}

Result<RemovedReports> remove(const std::vector<FoundReport>& reports, ReportStore& store) {
  const auto removed = store.remove(reports);
  if (!removed) {
    store.abort();
    return removed;
  }
  if (const auto done = store.commit(); !done) return done.error();
  return removed;
}

int run(const Options& options) {
  if (!options.query.domain && !options.query.organisation && !options.query.id && options.files.empty())
    return trouble(kCommand, "say which reports: --domain, --organization, --id or --file");
  start_mail_reader();
  auto store =
      ReportStore::open(options.reports.path, options.write ? ReportStore::Mode::write : ReportStore::Mode::read);
  if (!store) return trouble(kCommand, store.error().message);
  if (options.write) {
    if (const auto begun = store->begin(); !begun) return trouble(kCommand, begun.error().message);
  }
  const Result<Chosen> chosen = choose(options, *store);
  if (!chosen) return trouble(kCommand, chosen.error().message);
  std::optional<RemovedReports> removed;
  if (options.write) {
    const auto done = remove(chosen->reports, *store);
    if (!done) return trouble(kCommand, done.error().message);
    removed = *done;
  }
  if (options.json)
    print_json(chosen->reports, removed);
  else
    print_text(chosen->reports, removed);
  const bool whole = chosen->complete && (!removed || removed->days_kept == 0);
  return say_remarks(store->remarks(), "emailauth reports", whole ? kFine : kFindings);
}

}  // namespace remove_command

void add_reports_remove(CLI::App& reports, Program& program) {
  using namespace remove_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = reports.add_subcommand("remove", "Remove reports that must not count");
  command->add_option("--domain", options->query.domain, "Reports about this domain; \"\" for those that name none");
  command->add_option("--organization", options->query.organisation, "Reports of this organization");
  command->add_option("--id", options->query.id, "Reports with this id");
  auto* files = command->add_option("--file", options->files, "Reports in these files, folders or mailboxes");
  for (const char* option : {"--domain", "--organization", "--id"}) files->excludes(command->get_option(option));
  program.add_reports(*command, options->reports);
  command->add_flag("--write", options->write, "Remove them; without it they are only shown");
  add_json(*command, options->json, "the reports");
  command->footer(
      "Shows the reports that match everything given, and with --write removes them with\n"
      "all that they count. A report that is read again counts again: also move its mail out\n"
      "of the mailbox.\n\n"
      "Examples:\n"
      "  emailauth reports remove --domain example.net\n"
      "  emailauth reports remove --organization receiver.example --id 1746057600 --write\n"
      "  emailauth reports remove --file received --json\n\n"
      "Exit status: 0 shown or removed, 1 no stored report matches, or not all could be read or\n"
      "removed, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return run(*options); });
}

}  // namespace emailauth::cli
