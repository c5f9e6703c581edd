#include "policy/cli/reports/reports_command.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/options/command.h"
#include "policy/cli/report_database/report_store.h"
#include "policy/cli/reports/domain_history.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/report/report_time.h"

namespace emailauth::cli {

namespace reports_command {

constexpr char kCommand[] = "reports";

struct Options {
  ChosenPath reports;
  std::string keep;
  bool set_aside = false;
  bool json = false;
};

int expire(const Options& options) {
  const auto days = report::parse_day_count(options.keep);
  if (!days)
    return trouble(kCommand, "--keep: " + in_quotes(options.keep) + " is not a number of days; write 1d to 36500d");
  auto store = ReportStore::open(options.reports.path, ReportStore::Mode::write);
  if (!store) return trouble(kCommand, store.error().message);
  if (const auto kept = store->keep_days(*days); !kept) return trouble(kCommand, kept.error().message);
  const auto gone = store->expire(day_of(now()) - Days(*days));
  if (!gone) return trouble(kCommand, gone.error().message);
  print("{} older than {} {} removed; \"ingest\" does so from now on\n", count_of(*gone, "report"),
        count_of(*days, "day"), word_for(*gone, "was", "were"));
  return kFine;
}

void print_list(const std::vector<std::string>& lines, const nlohmann::ordered_json& json, bool as_json) {
  if (as_json) print("{}\n", shown_json(json));
  for (std::size_t i = 0; !as_json && i < lines.size(); ++i) print("{}\n", lines[i]);
}

// Returns the lines about files that were set aside.
Result<std::vector<std::string>> list_set_aside(ReportStore& store, nlohmann::ordered_json& json) {
  const auto found = store.list_set_aside();
  if (!found) return found.error();
  std::vector<std::string> lines;
  for (const SetAside& one : *found) {
    lines.push_back(printable(one.place) + ": " + printable(one.reason));
    json.push_back({{"place", one.place}, {"reason", one.reason}, {"at", one.at}});
  }
  return lines;
}

int list(const Options& options) {
  auto store = ReportStore::open(options.reports.path, ReportStore::Mode::read);
  if (!store) return trouble(kCommand, store.error().message);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  int status = kFine;
  if (options.set_aside) {
    const auto lines = list_set_aside(*store, json);
    if (!lines) return trouble(kCommand, lines.error().message);
    print_list(*lines, json, options.json);
  } else {
    const auto domains = stored_domains(*store, options.reports);
    if (!domains) return trouble(kCommand, domains.error().message);
    for (const std::string& domain : domains->mail) json.push_back(domain);
    print_list(domains->mail, json, options.json);
    for (const std::string& line : domains->others) trouble(kCommand, line);
    if (!domains->others.empty()) status = kFindings;
  }
  return say_remarks(store->remarks(), "emailauth reports", status);
}

}  // namespace reports_command

void add_reports_expire(CLI::App& reports, Program& program) {
  using namespace reports_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = reports.add_subcommand("expire", "Remove old reports, now and from now on");
  command->add_option("--keep", options->keep, "Keep reports this many days, such as 400d")->required();
  program.add_reports(*command, options->reports);
  command->footer(
      "Without this command reports are kept for ever.\n\n"
      "Examples:\n  emailauth reports expire --keep 400d\n\n"
      "Exit status: 0 done, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return expire(*options); });
}

void add_reports_list(CLI::App& reports, Program& program) {
  using namespace reports_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = reports.add_subcommand("list", "List the domains that reports are about");
  program.add_reports(*command, options->reports);
  command->add_flag("--set-aside", options->set_aside, "List files that could not be read, and why, instead");
  add_json(*command, options->json, "the list");
  command->footer(
      "Examples:\n  emailauth reports list\n  emailauth reports list --set-aside --json\n\n"
      "Exit status: 0 done, 1 some are left out: mail cannot come from them, or their rows in the\n"
      "database are damaged, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return list(*options); });
}

void add_reports(CLI::App& app, Program& program) {
  using namespace reports_command;
  CLI::App* command = app.add_subcommand("reports", "Reports of receivers: read them, see who sends in your name");
  command->require_subcommand(1);
  add_reports_ingest(*command, program);
  add_reports_show(*command, program);
  add_reports_list(*command, program);
  add_reports_remove(*command, program);
  add_reports_expire(*command, program);
}

}  // namespace emailauth::cli
