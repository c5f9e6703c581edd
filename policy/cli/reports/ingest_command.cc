#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/ingest/ingest.h"
#include "policy/cli/options/command.h"
#include "policy/cli/reports/domain_history.h"
#include "policy/cli/reports/reports_command.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

namespace ingest_command {

constexpr char kCommand[] = "reports";

struct Options {
  std::vector<std::string> paths;
  ChosenPath reports;
  std::string set_aside;
  std::string group;
  bool keep_personal_data = false;
  bool quiet = false;
  bool json = false;
};

Result<bool> remember_faults(const std::vector<Fault>& faults, ReportStore& store) {
  if (faults.empty()) return true;
  if (auto begun = store.begin(); !begun) return begun;
  for (const Fault& fault : faults) {
    if (auto done = store.set_aside({fault.place, fault.reason, now()}); !done) return done;
  }
  return store.commit();
}

void print_json(const IngestCounts& counts) {
  nlohmann::ordered_json faults = nlohmann::ordered_json::array();
  for (const Fault& fault : counts.faults) faults.push_back({{"place", fault.place}, {"reason", fault.reason}});
  const nlohmann::ordered_json out{
      {"files", counts.files},       {"aggregate", counts.aggregate}, {"tls", counts.tls},  {"failure", counts.failure},
      {"messages", counts.messages}, {"known", counts.known},         {"set_aside", faults}};
  print("{}\n", shown_json(out));
}

void print_text(const IngestCounts& counts, bool quiet) {
  for (const Fault& fault : counts.faults)
    complain("emailauth reports: {}: {}\n", printable(fault.place), fault.reason);
  if (quiet) return;
  print("{} about {}, {}, {}; {} already known", count_of(counts.aggregate, "new aggregate report"),
        count_of(counts.messages, "message"), count_of(counts.tls, "new TLS report"),
        count_of(counts.failure, "new failure report"), counts.known);
  print("{}\n", counts.faults.empty() ? "" : fmt::format("; {} could not be read", counts.faults.size()));
}

// Removes reports that are older than reports are kept.
Result<bool> expire_old(ReportStore& store) {
  const auto keep = store.keep_days();
  if (!keep) return keep.error();
  if (!*keep) return true;
  const auto gone = store.expire(day_of(now()) - Days(**keep));
  if (!gone) return gone.error();
  return true;
}

int run(const Options& options) {
  start_mail_reader();
  std::unique_ptr<SetAsideFolder> set_aside;
  if (!options.set_aside.empty()) {
    auto opened = SetAsideFolder::open(options.set_aside);
    if (!opened) return trouble(kCommand, opened.error().message);
    set_aside = std::move(*opened);
  }
  auto store = ReportStore::open(options.reports.path, ReportStore::Mode::write, options.group);
  if (!store) return trouble(kCommand, store.error().message);
  IngestOptions how;
  how.paths = options.paths;
  how.readers = std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
  how.keep_personal_data = options.keep_personal_data;
  how.progress = !options.quiet && !options.json && isatty(STDERR_FILENO) == 1;
  how.set_aside = set_aside.get();
  const Result<IngestCounts> counts = ingest(how, *store);
  if (!counts) return trouble(kCommand, counts.error().message);
  if (const auto done = remember_faults(counts->faults, *store); !done) return trouble(kCommand, done.error().message);
  if (const auto done = expire_old(*store); !done) return trouble(kCommand, done.error().message);
  if (options.json)
    print_json(*counts);
  else
    print_text(*counts, options.quiet);
  const StoreRemarks remarks = store->remarks();
  say_remarks(remarks, "emailauth reports", kFine);
  if (counts->trouble) return trouble(kCommand, counts->trouble->message);
  return counts->faults.empty() && remarks.damage.empty() && remarks.exposure.empty() ? kFine : kFindings;
}

}  // namespace ingest_command

void add_reports_ingest(CLI::App& reports, Program& program) {
  using namespace ingest_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = reports.add_subcommand("ingest", "Read reports from files, folders, mailboxes or a mail");
  command
      ->add_option("PATH", options->paths,
                   "Files and folders; \"-\" is a mail, an mbox file or a report on standard input")
      ->required();
  program.add_reports(*command, options->reports);
  command->add_option("--set-aside", options->set_aside, "Copy files that cannot be read into this folder");
  command->add_option("--group", options->group, "Let this group read the database, if it is created (mode 0640)");
  command->add_flag("--keep-personal-data", options->keep_personal_data,
                    "Keep what failure and TLS reports contain about people: addresses, headers, free text");
  command->add_flag("--quiet", options->quiet, "Print only what could not be read");
  add_json(*command, options->json, "what was read");
  command->footer(
      "Reads DMARC aggregate reports (RFC 9990, RFC 7489), failure reports (RFC 9991, ARF)\n"
      "and TLS reports (RFC 8460): as XML or JSON, in gzip or zip, as mails, mbox files,\n"
      "Maildirs, or folders of all these. Its content decides what a file is, not its name.\n"
      "A report counts once, however often and in whatever packing it comes: reading a\n"
      "mailbox again does no harm. A file that cannot be read is named with the reason and\n"
      "remembered (\"emailauth reports list --set-aside\"); the rest is stored. In folders, no\n"
      "symbolic link is followed, and a file counts only if it has one name and the owner of the\n"
      "folder: run it as the user who owns the mailbox, or one who may read it, not as root.\n"
      "A mail server passes each mail with a line in /etc/aliases:\n"
      "  dmarc: \"|/usr/local/bin/emailauth reports ingest --quiet -\"\n\n"
      "Examples:\n"
      "  emailauth reports ingest /var/mail/dmarc/Maildir\n"
      "  emailauth reports ingest --reports reports.sqlite3 --set-aside unread received/\n"
      "  emailauth reports ingest --quiet -\n\n"
      "Exit status: 0 everything was read, 1 something could not be read, or everybody may read the\n"
      "database, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return run(*options); });
}

}  // namespace emailauth::cli
