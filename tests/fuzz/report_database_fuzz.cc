// Gives damaged databases to everything that reads and writes them: a good one in which octets of the file, or values
// of rows, were changed, or any octets as a file. Whatever the file contains, a history keeps its promises, and what is
// counted from it can be shown.
//
// The first octet of an input says which: 0 patches of the file (three octets of place, one of value), 1 changes of
// rows (table, column, value, row), 2 the file itself. 3 to 5 are the same, and then the database is written.
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "policy/analysis/advice.h"
#include "policy/analysis/alerts.h"
#include "policy/cli/report_database/report_store.h"
#include "policy/cli/report_database/stored_row.h"
#include "policy/cli/reports/show_output.h"
#include "tests/fuzz/require.h"

using namespace emailauth;          // NOLINT: a test driver
using namespace emailauth::cli;     // NOLINT
using namespace emailauth::report;  // NOLINT
using emailauth::tests::require;

namespace {

namespace fs = std::filesystem;

constexpr Day kFirst = Day(Days(20'000));

// A folder for the files, which is removed when the program ends.
class Scratch {
 public:
  Scratch() {
    std::string name =
        (fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string()) + "/database_fuzz.XXXXXX";
    require(mkdtemp(name.data()) != nullptr, "a folder can be made");
    folder_ = name;
  }
  ~Scratch() { fs::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path() const { return folder_ + "/reports.sqlite3"; }
  void clear() const {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(path() + suffix);
  }

 private:
  std::string folder_;
};

AggregateDigest some_digest(Day day, const std::string& receiver) {
  AggregateReport report;
  report.organisation = receiver;
  report.id = "1";
  report.begin = begin_of(day);
  report.end = report.begin + 86399;
  report.policy.domain = "example.com";
  report.policy.p = Disposition::none;
  for (std::uint32_t i = 0; i < 3; ++i) {
    AggregateRecord& record = report.records.emplace_back();
    record.source = IpAddress::v4(0xC0000200 + i);
    record.count = 50 + i;
    record.disposition = Disposition::quarantine;
    record.header_from = "example.com";
    record.dkim_results.push_back({"example.com", "s" + std::to_string(i), AuthResult::pass, ""});
    record.spf_results.push_back({"bounce.example.net", SpfScope::mfrom, AuthResult::fail, ""});
  }
  OrganizationalDomains organizations;
  return digest_of(report, organizations);
}

TlsReport some_tls_report() {
  TlsReport report;
  report.organisation = "Receiver";
  report.begin = begin_of(kFirst);
  report.end = report.begin + 86399;
  TlsPolicy& policy = report.policies.emplace_back();
  policy.domain = "example.com";
  policy.type = "sts";
  policy.successes = 9;
  policy.failures = 2;
  policy.details.emplace_back().count = 2;
  return report;
}

report::ReceivedFailure some_failure() {
  report::ReceivedFailure failure;
  failure.organisation = "receiver.example";
  failure.report.feedback_type = "auth-failure";
  failure.report.reported_domains = {"example.com"};
  failure.report.arrival = begin_of(kFirst);
  return failure;
}

void fill(ReportStore& store) {
  require(store.begin().ok(), "it can be written");
  for (int day = 0; day < 40; ++day) {
    for (const char* receiver : {"google.com", "gmx.example"})
      require(store.add(some_digest(kFirst + Days(day), receiver)).ok(), "an aggregate report is stored");
  }
  require(store.add(some_tls_report()).ok() && store.add(some_failure()).ok(), "other reports are stored");
  require(store.set_aside({"x.xml", "is empty", 1}).ok(), "a fault is stored");
  require(store.set_told_alerts("example.com", {{"policy-changed example.com", kFirst}}).ok(), "an alert is stored");
  require(store.keep_days(36500).ok() && store.commit().ok(), "all is stored");
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string make_good_database(const Scratch& scratch) {
  scratch.clear();
  {
    auto store = ReportStore::open(scratch.path(), ReportStore::Mode::write);
    require(store.ok(), "a database can be made");
    fill(*store);
  }
  return contents_of(scratch.path());
}

void write_file(const std::string& path, std::string_view octets) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(octets.data(), static_cast<std::streamsize>(octets.size()));
}

void patch(std::string& file, std::string_view data) {
  for (; data.size() >= 4; data.remove_prefix(4)) {
    const auto octet = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(data[at])); };
    file[(octet(0) << 16 | octet(1) << 8 | octet(2)) % file.size()] = data[3];
  }
}

constexpr std::array<const char*, 42> kColumns = {"name SET id",
                                                  "name SET text",
                                                  "report SET kind",
                                                  "report SET domain",
                                                  "report SET organisation",
                                                  "report SET report_id",
                                                  "report SET begin",
                                                  "report SET end",
                                                  "report SET day",
                                                  "report SET policy",
                                                  "report SET messages",
                                                  "flow SET id",
                                                  "flow SET source",
                                                  "flow SET header_from",
                                                  "flow SET envelope_from",
                                                  "flow SET verdict",
                                                  "flow SET results",
                                                  "fact SET domain",
                                                  "fact SET day",
                                                  "fact SET receiver",
                                                  "fact SET flow",
                                                  "fact SET disposition",
                                                  "fact SET report",
                                                  "fact SET count",
                                                  "tls_policy SET report",
                                                  "tls_policy SET type",
                                                  "tls_policy SET domain",
                                                  "tls_policy SET successes",
                                                  "tls_policy SET failures",
                                                  "tls_failure SET report",
                                                  "tls_failure SET result_type",
                                                  "tls_failure SET receiving_host",
                                                  "tls_failure SET count",
                                                  "failure SET report",
                                                  "failure SET source",
                                                  "failure SET auth_failure",
                                                  "set_aside SET place",
                                                  "set_aside SET at",
                                                  "alert SET key",
                                                  "alert SET domain",
                                                  "setting SET value",
                                                  "report SET id"};
constexpr std::array<const char*, 20> kValues = {"NULL",
                                                 "-1",
                                                 "0",
                                                 "1",
                                                 "5",
                                                 "99",
                                                 "20001",
                                                 "4711",
                                                 "2147483648",
                                                 "4611686018427387904",
                                                 "9223372036854775807",
                                                 "-9223372036854775807",
                                                 "1.5",
                                                 "1e300",
                                                 "''",
                                                 "'text'",
                                                 "x'ff00'",
                                                 "zeroblob(300)",
                                                 "hex(zeroblob(3000))",
                                                 "CAST(x'ff41' AS TEXT)"};

// Changes rows as their number says: 0 all, else each that is a multiple.
void change_rows(const std::string& path, std::string_view data) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  for (; data.size() >= 3; data.remove_prefix(3)) {
    const auto octet = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(data[at])); };
    const std::string column = kColumns[octet(0) % kColumns.size()];
    std::string sql = "UPDATE OR IGNORE " + column + " = " + kValues[octet(1) % kValues.size()];
    const std::size_t every = octet(2) % 8;
    if (every > 0)
      sql += std::string(" WHERE ") + (column.starts_with("fact") ? "flow + day" : "rowid") + " % " +
             std::to_string(every) + " = 0";
    sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  }
  sqlite3_close(database);
}

void check_history(const History& history) {
  Day last{};
  std::uint64_t total = 0;
  for (const Fact& fact : history.facts) {
    require(fact.day >= last, "facts are in the order of days");
    require(fact.receiver < history.receivers.size() && fact.flow < history.flows.size(),
            "facts refer to what is there");
    require(fact.disposition <= Disposition::reject, "dispositions are known ones");
    last = fact.day;
    total += fact.count;
    require(total <= static_cast<std::uint64_t>(kMostTotal), "sums do not overflow");
  }
  for (const PolicySeen& seen : history.policies)
    require(seen.receiver < history.receivers.size(), "policies refer to receivers");
}

void show(const History& history) {
  KnownSources known;
  known.domain = history.domain;
  Filter filter;
  filter.since = kFirst;
  filter.until = kFirst + Days(40);
  const AuthenticationReport report = authentication_report(history, known, filter);
  require(!to_text(report).empty() && !to_csv(report).empty() && !to_html(report).empty(), "it can be shown");
  require(!to_json(report).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).empty(), "… as JSON, too");
  advice_for(report, known, {});
  alerts_for(history, known, filter.until, {}, {"policy-changed example.com"});
}

void read_all(ReportStore& store) {
  const auto domains = store.domains();
  if (domains) {
    for (const std::string& domain : *domains) {
      const auto history = store.history(domain);
      if (!history || !*history) continue;
      check_history(**history);
      show(**history);
    }
  }
  (void)store.list_set_aside();
  (void)store.told_alerts("example.com");
  const auto days = store.keep_days();
  require(!days || !*days || (**days > 0 && **days <= 36500), "days that are kept are a number of days");
  for (const FoundReport& found :
       store.find(ReportQuery{}).ok() ? *store.find(ReportQuery{}) : std::vector<FoundReport>{})
    require(found.damaged || !found.kind.empty(), "a report has a kind, or is damaged");
  require(store.remarks().damage.size() < 100'000, "what is said of the damage is a line");
}

void write_all(const std::string& path) {
  auto store = ReportStore::open(path, ReportStore::Mode::write);
  if (!store) return;
  if (!store->begin()) return;
  const bool added = store->add(some_digest(kFirst + Days(100), "new.example")).ok() &&
                     store->add(some_tls_report()).ok() && store->add(some_failure()).ok() &&
                     store->set_told_alerts("example.com", {{"x y", kFirst}}).ok();
  const auto found = store->find({"example.com", std::nullopt, std::nullopt});
  if (added && found && store->remove(*found) && store->commit()) {
    (void)store->expire(kFirst + Days(20));
    read_all(*store);
  } else {
    store->abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scratch scratch;
  static const std::string good = make_good_database(scratch);
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  scratch.clear();
  std::string file = data[0] % 3 == 2 ? std::string(rest) : good;
  if (data[0] % 3 == 0) patch(file, rest);
  write_file(scratch.path(), file);
  if (data[0] % 3 == 1) change_rows(scratch.path(), rest);
  if (auto store = ReportStore::open(scratch.path(), ReportStore::Mode::read); store) read_all(*store);
  if (data[0] % 6 >= 3) write_all(scratch.path());
  return 0;
}
