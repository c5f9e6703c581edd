#include "policy/cli/reports/report_store.h"

#include <sqlite3.h>

#include <chrono>
#include <thread>

#include "policy/cli/reports/report_connection.h"
#include "policy/cli/reports/report_schema.h"
#include "policy/dns_name.h"

namespace emailauth::cli {

namespace {

using sqlite::Access;
using sqlite::Use;

constexpr int kBusyMilliseconds = 60'000;

std::int64_t number_of(sqlite::Database& database, const char* sql) {
  sqlite::Statement statement = database.prepare(sql);
  return statement.next() ? statement.number(0) : 0;
}

// Two programs that meet an empty file at once cannot both change its mode: SQLite
// does not wait for that by itself.
void use_write_ahead_log(sqlite::Database& database) {
  for (int attempt = 0;; ++attempt) {
    try {
      database.execute("PRAGMA journal_mode = WAL");
      return;
    } catch (const sqlite::Failure& failure) {
      if (failure.code() != SQLITE_BUSY || attempt == 600) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

void make_tables(sqlite::Database& database) {
  database.execute("BEGIN IMMEDIATE");
  if (number_of(database, "PRAGMA user_version") == 0) {
    database.execute(kReportSchema);
    database.execute(("PRAGMA user_version = " + std::to_string(kReportSchemaVersion)).c_str());
    database.execute(("PRAGMA application_id = " + std::to_string(kReportApplication)).c_str());
  }
  database.execute("COMMIT");
}

// The reason why a file is not ours; nothing when it is.
std::optional<Error> check_version(sqlite::Database& database) {
  const std::int64_t version = number_of(database, "PRAGMA user_version");
  if (number_of(database, "PRAGMA application_id") != kReportApplication) {
    if (version == 0 && number_of(database, "SELECT count(*) FROM sqlite_schema") == 0) return std::nullopt;
    return Error{database.path() + ": is a database of something else; name another file with --db"};
  }
  if (version <= kReportSchemaVersion) return std::nullopt;
  return Error{database.path() + ": was written by a newer emailauth (version " + std::to_string(version) +
               " of its tables, this program knows " + std::to_string(kReportSchemaVersion) + "); use that one"};
}

}  // namespace

ReportStore::ReportStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
ReportStore::ReportStore(ReportStore&&) noexcept = default;
ReportStore& ReportStore::operator=(ReportStore&&) noexcept = default;
ReportStore::~ReportStore() = default;

Result<ReportStore> ReportStore::open(const std::string& path, Mode mode) {
  try {
    const bool writes = mode == Mode::write;
    auto opened = std::make_unique<sqlite::Database>(path, writes ? Access::create : Access::write, kReportWords);
    sqlite::Database& database = *opened;
    database.wait_for_locks(kBusyMilliseconds);
    if (const auto other = check_version(database)) return *other;
    if (writes) {
      use_write_ahead_log(database);
      make_tables(database);
    } else if (number_of(database, "PRAGMA user_version") == 0) {
      return Error{path + ": holds no reports yet; \"emailauth reports ingest\" reads some"};
    }
    // FULL: what was said to be stored is stored, also when the power fails.
    database.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536;");
    return ReportStore(std::make_unique<Connection>(std::move(opened)));
  } catch (const sqlite::Failure& failure) {
    return Error{failure.what()};
  }
}

template <typename F>
auto ReportStore::guarded(F&& body) -> Result<decltype(body())> {
  try {
    return body();
  } catch (const sqlite::Failure& failure) {
    return Error{failure.what()};
  }
}

Result<bool> ReportStore::begin() {
  return guarded([&] {
    connection_->database.execute("BEGIN IMMEDIATE");
    connection_->forget_if_changed();
    return true;
  });
}

Result<bool> ReportStore::commit() {
  return guarded([&] {
    connection_->database.execute("COMMIT");
    return true;
  });
}

void ReportStore::abort() {
  try {
    connection_->forget();
    connection_->database.execute("ROLLBACK");
  } catch (const sqlite::Failure&) {
    // There was no transaction any more: SQLite ends one by itself when the disk is full.
  }
}

Result<bool> ReportStore::add(const report::AggregateDigest& report) {
  return guarded([&] {
    Connection& db = *connection_;
    const std::int64_t policy = db.name(report.policy);
    if (!db.insert_report({ReportKind::aggregate, report.key, report.end, report.day, policy, report.messages()}))
      return false;
    const std::int64_t domain = db.name(report.key.domain);
    const std::int64_t receiver = db.name(report.key.organisation);
    for (const report::FlowCount& row : report.flows) {
      const std::int64_t flow = db.flow(row.flow);
      Use insert(db.insert_fact);
      insert->bind(0, domain).bind(1, number_of(report.day)).bind(2, receiver).bind(3, flow);
      insert->bind(4, static_cast<std::int64_t>(row.disposition)).bind(5, static_cast<std::int64_t>(row.count));
      insert->next();
    }
    return true;
  });
}

Result<bool> ReportStore::add(const report::TlsReport& report) {
  return guarded([&] {
    Connection& db = *connection_;
    std::uint64_t sessions = 0;
    for (const report::TlsPolicy& policy : report.policies) sessions += policy.successes + policy.failures;
    const Day day = day_of(report.begin + (report.end - report.begin) / 2);
    if (!db.insert_report({ReportKind::tls, report::key_of(report), report.end, day, 0, sessions})) return false;
    const std::int64_t id = db.database.last_insert_id();
    for (const report::TlsPolicy& policy : report.policies) {
      Use insert(db.insert_tls);
      insert->bind(0, id).bind(1, policy.type).bind(2, policy.domain);
      insert->bind(3, static_cast<std::int64_t>(policy.successes)).bind(4, static_cast<std::int64_t>(policy.failures));
      insert->next();
      for (const report::TlsFailure& failure : policy.details) {
        Use detail(db.insert_tls_failure);
        detail->bind(0, id).bind(1, failure.result_type).bind(2, failure.sending_address);
        detail->bind(3, failure.receiving_host).bind(4, failure.receiving_address).bind(5, failure.reason_code);
        detail->bind(6, static_cast<std::int64_t>(failure.count));
        detail->next();
      }
    }
    return true;
  });
}

Result<bool> ReportStore::add(const ReceivedFailure& failure) {
  return guarded([&] {
    Connection& db = *connection_;
    const report::FailureReport& report = failure.report;
    const std::int64_t at = report.arrival.value_or(0);
    if (!db.insert_report({ReportKind::failure,
                           {failure.organisation, report.domain(), failure.id, at},
                           at,
                           day_of(at),
                           0,
                           report.incidents}))
      return false;
    std::string results;
    for (const std::string& one : report.authentication_results) (results += one) += '\n';
    Use insert(db.insert_failure);
    insert->bind(0, db.database.last_insert_id()).bind(1, report.feedback_type).bind(2, report.auth_failure);
    insert->bind(3, report.source ? report.source->to_string() : "").bind(4, report.mail_from).bind(5, report.rcpt_to);
    insert->bind(6, report.dkim_domain).bind(7, report.dkim_selector).bind(8, report.delivery_result);
    insert->bind(9, report.identity_alignment).bind(10, report.user_agent).bind(11, results);
    insert->bind(12, report.headers).bind(13, report.message);
    insert->next();
    return true;
  });
}

Result<bool> ReportStore::set_aside(const SetAside& what) {
  return guarded([&] {
    sqlite::Statement insert =
        connection_->database.prepare("INSERT OR REPLACE INTO set_aside (place, reason, at) VALUES (?, ?, ?)");
    insert.bind(0, what.place).bind(1, what.reason).bind(2, what.at);
    insert.next();
    return true;
  });
}

Result<std::vector<SetAside>> ReportStore::list_set_aside() {
  return guarded([&] {
    std::vector<SetAside> out;
    sqlite::Statement list =
        connection_->database.prepare("SELECT place, reason, at FROM set_aside ORDER BY at, place");
    while (list.next()) out.push_back({list.text(0), list.text(1), list.number(2)});
    return out;
  });
}

Result<std::int64_t> ReportStore::expire(Day before) {
  return guarded([&] {
    sqlite::Database& database = connection_->database;
    const auto run = [&](const char* sql) {
      sqlite::Statement statement = database.prepare(sql);
      statement.bind(0, number_of(before));
      statement.next();
      return std::int64_t{database.changed_rows()};
    };
    database.execute("BEGIN IMMEDIATE");
    run("DELETE FROM fact WHERE day < ?");
    const std::int64_t reports = run("DELETE FROM report WHERE day < ?");
    database.execute("DELETE FROM flow WHERE id NOT IN (SELECT flow FROM fact)");
    database.execute("COMMIT");
    connection_->forget();
    return reports;
  });
}

Result<std::optional<int>> ReportStore::keep_days() {
  return guarded([&]() -> std::optional<int> {
    const std::int64_t days = number_of(connection_->database, "SELECT value + 0 FROM setting WHERE key = 'keep_days'");
    if (days <= 0) return std::nullopt;
    return static_cast<int>(days);
  });
}

Result<bool> ReportStore::keep_days(int days) {
  return guarded([&] {
    sqlite::Statement set =
        connection_->database.prepare("INSERT OR REPLACE INTO setting (key, value) VALUES ('keep_days', ?)");
    set.bind(0, std::int64_t{days});
    set.next();
    return true;
  });
}

Result<std::vector<std::string>> ReportStore::told_alerts(const std::string& domain) {
  return guarded([&] {
    std::vector<std::string> out;
    sqlite::Statement list = connection_->database.prepare("SELECT key FROM alert WHERE domain = ? ORDER BY key");
    list.bind(0, domain);
    while (list.next()) out.push_back(list.text(0));
    return out;
  });
}

Result<bool> ReportStore::set_told_alerts(const std::string& domain,
                                          const std::vector<std::pair<std::string, Day>>& keys) {
  return guarded([&] {
    sqlite::Statement clear = connection_->database.prepare("DELETE FROM alert WHERE domain = ?");
    clear.bind(0, domain);
    clear.next();
    sqlite::Statement insert =
        connection_->database.prepare("INSERT OR REPLACE INTO alert (domain, key, since) VALUES (?, ?, ?)");
    for (const auto& [key, since] : keys) {
      sqlite::Use use(insert);
      use->bind(0, domain).bind(1, key).bind(2, number_of(since));
      use->next();
    }
    return true;
  });
}

Result<std::vector<std::string>> ReportStore::domains() {
  return guarded([&] {
    std::vector<std::string> out;
    sqlite::Statement list =
        connection_->database.prepare("SELECT text FROM name WHERE id IN (SELECT domain FROM report) ORDER BY text");
    while (list.next()) out.push_back(list.text(0));
    return out;
  });
}

Result<std::optional<report::History>> ReportStore::history(const std::string& domain) {
  return guarded([&] { return connection_->history(domain); });
}

}  // namespace emailauth::cli
