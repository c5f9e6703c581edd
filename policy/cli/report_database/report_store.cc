#include "policy/cli/report_database/report_store.h"

#include <algorithm>
#include <limits>

#include "policy/cli/report_database/report_connection.h"
#include "policy/cli/report_database/report_database.h"
#include "policy/net/dns_name.h"
#include "policy/report/report_text.h"
#include "policy/report/report_time.h"

namespace emailauth::cli {

namespace {

using sqlite::Use;

// A time that may be stored; no time is stored as 1970.
std::int64_t stored_time(std::int64_t time) { return time < 0 || time > kMostTime ? 0 : time; }

Day middle_of(std::int64_t begin, std::int64_t end) { return day_of(begin + (end - begin) / 2); }

std::string kept(const std::string& text) {
  return text.size() < kMostText ? text : report::with_valid_utf8(std::string_view(text).substr(0, kMostText - 3));
}

constexpr const char* kFindReports =
    "FROM report LEFT JOIN name AS d ON d.id = report.domain LEFT JOIN name AS o ON o.id = report.organisation ";

// Returns SQL that compares a name with two texts.
std::string is_one_of(const char* column) {
  return std::string(column) + " IN (SELECT id FROM name WHERE text IN (?, ?)) ";
}

std::string_view word_of(std::int64_t kind) {
  switch (static_cast<ReportKind>(kind)) {
    case ReportKind::aggregate: return "aggregate";
    case ReportKind::tls: return "tls";
    case ReportKind::failure: return "failure";
  }
  return {};
}

// The rows of a SELECT of the columns of read_report(), and the domain and organisation.
std::vector<FoundReport> found_reports(sqlite::Statement& list) {
  std::vector<FoundReport> out;
  while (list.next()) {
    StoredRow row(list, "report");
    const StoredReport stored = read_report(row);
    FoundReport found;
    found.row = list.number(0);
    found.key = {row.text(10, "organisation"), row.text(9, "domain"), stored.report_id, stored.begin};
    found.day = stored.day;
    found.messages = static_cast<std::uint64_t>(stored.messages);
    Damage damage;
    found.damaged = !row.is_sound(damage);
    if (!found.damaged) found.kind = word_of(stored.kind);
    out.push_back(std::move(found));
  }
  return out;
}

}  // namespace

ReportStore::ReportStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
ReportStore::ReportStore(ReportStore&&) noexcept = default;
ReportStore& ReportStore::operator=(ReportStore&&) noexcept = default;
ReportStore::~ReportStore() = default;

Result<ReportStore> ReportStore::open(const std::string& path, Mode mode, const std::string& group) {
  try {
    Result<std::unique_ptr<sqlite::Database>> opened = open_report_database(path, mode, group);
    if (!opened) return opened.error();
    return ReportStore(std::make_unique<Connection>(std::move(*opened), mode));
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
    // The transaction had already ended: SQLite ends one itself if the disk is full.
  }
}

Result<bool> ReportStore::add(const report::AggregateDigest& report) {
  return guarded([&] {
    Connection& db = *connection_;
    const report::ReportKey key = stored_key(report.key);
    const std::int64_t policy = db.name(report.policy);
    const std::int64_t id =
        db.insert_report({ReportKind::aggregate, key, report.end, report.day, policy, report.messages()});
    if (id == 0) return false;
    const std::int64_t domain = db.name(key.domain);
    const std::int64_t receiver = db.name(key.organisation);
    for (const report::FlowCount& row : report.flows) {
      const std::int64_t flow = db.flow(row.flow);
      Use insert(db.insert->fact);
      insert->bind(0, domain).bind(1, number_of(report.day)).bind(2, receiver).bind(3, flow);
      insert->bind(4, static_cast<std::int64_t>(row.disposition)).bind(5, id);
      insert->bind(6, static_cast<std::int64_t>(row.count));
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
    report::ReportKey key = stored_key(report::key_of(report));
    key.begin = stored_time(key.begin);
    const std::int64_t end = stored_time(report.end);
    const std::int64_t id = db.insert_report({ReportKind::tls, key, end, middle_of(key.begin, end), 0, sessions});
    if (id == 0) return false;
    for (const report::TlsPolicy& policy : report.policies) {
      Use insert(db.insert->tls);
      insert->bind(0, id).bind(1, policy.type).bind(2, policy.domain);
      insert->bind(3, static_cast<std::int64_t>(policy.successes)).bind(4, static_cast<std::int64_t>(policy.failures));
      insert->next();
      for (const report::TlsFailure& failure : policy.details) {
        Use detail(db.insert->tls_failure);
        detail->bind(0, id).bind(1, failure.result_type).bind(2, failure.sending_address);
        detail->bind(3, failure.receiving_host).bind(4, failure.receiving_address).bind(5, failure.reason_code);
        detail->bind(6, static_cast<std::int64_t>(failure.count));
        detail->next();
      }
    }
    return true;
  });
}

Result<bool> ReportStore::add(const report::ReceivedFailure& failure) {
  return guarded([&] {
    Connection& db = *connection_;
    const report::FailureReport& report = failure.report;
    const std::int64_t at = stored_time(report.arrival.value_or(0));
    const report::ReportKey key = stored_key({failure.organisation, report.domain(), failure.id, at});
    const std::uint64_t incidents =
        std::min<std::uint64_t>(report.incidents, std::numeric_limits<std::uint32_t>::max());
    const std::int64_t id = db.insert_report({ReportKind::failure, key, at, day_of(at), 0, incidents});
    if (id == 0) return false;
    std::string results;
    for (const std::string& one : report.authentication_results) (results += one) += '\n';
    Use insert(db.insert->failure);
    insert->bind(0, id).bind(1, report.feedback_type).bind(2, report.auth_failure);
    insert->bind(3, report.source ? report.source->to_string() : "").bind(4, kept(report.mail_from));
    insert->bind(5, kept(report.rcpt_to)).bind(6, report.dkim_domain).bind(7, report.dkim_selector);
    insert->bind(8, report.delivery_result).bind(9, report.identity_alignment).bind(10, kept(report.user_agent));
    insert->bind(11, kept(results)).bind(12, kept(report.headers)).bind(13, kept(report.message));
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
    while (list.next()) {
      StoredRow row(list, "set_aside");
      SetAside one{row.text(0, "place", kMostText), row.text(1, "reason", kMostText),
                   row.number(2, "at", 0, kMostTime)};
      if (row.is_sound(connection_->damage)) out.push_back(std::move(one));
    }
    return out;
  });
}

Result<std::vector<FoundReport>> ReportStore::find(const ReportQuery& query) {
  return guarded([&] {
    std::string sql = std::string("SELECT ") + kReportColumns + ", d.text, o.text " + kFindReports + "WHERE 1 ";
    if (query.domain) sql += "AND " + is_one_of("report.domain");
    if (query.organisation) sql += "AND " + is_one_of("report.organisation");
    if (query.id) sql += "AND report_id IN (?, ?) ";
    sqlite::Statement list = connection_->database.prepare((sql + "ORDER BY d.text, day, o.text, report.id").c_str());
    int at = 0;
    const auto bind_either = [&](const std::string& one, const std::string& other) {
      list.bind(at, one).bind(at + 1, other);
      at += 2;
    };
    if (query.domain) {
      const std::string domain = report::mail_domain_text(*query.domain);
      bind_either(ascii_lower(*query.domain), domain.empty() ? ascii_lower(*query.domain) : domain);
    }
    if (query.organisation) bind_either(stored_organisation(*query.organisation), ascii_lower(*query.organisation));
    if (query.id) bind_either(stored_id(*query.id), *query.id);
    return found_reports(list);
  });
}

Result<std::vector<FoundReport>> ReportStore::find(ReportKind kind, const report::ReportKey& key) {
  return guarded([&] {
    const report::ReportKey stored = stored_key(key);
    sqlite::Statement list =
        connection_->database.prepare((std::string("SELECT ") + kReportColumns + ", d.text, o.text " + kFindReports +
                                       "WHERE kind = ? AND begin = ? AND " + is_one_of("report.domain") + "AND " +
                                       is_one_of("report.organisation") + "AND report_id IN (?, ?)")
                                          .c_str());
    list.bind(0, static_cast<std::int64_t>(kind)).bind(1, stored_time(key.begin)).bind(2, key.domain);
    list.bind(3, key.domain).bind(4, stored.organisation).bind(5, ascii_lower(key.organisation));
    list.bind(6, stored.id).bind(7, key.id);
    return found_reports(list);
  });
}

Result<RemovedReports> ReportStore::remove(const std::vector<FoundReport>& reports) {
  return guarded([&] {
    Connection& db = *connection_;
    RemovedReports out;
    for (const FoundReport& report : reports) {
      if (db.remove_report(report.row)) ++out.reports;
    }
    out.days_kept = db.remove_shared_facts();
    db.sweep();
    return out;
  });
}

Result<std::int64_t> ReportStore::expire(Day before) {
  return guarded([&] {
    sqlite::Database& database = connection_->database;
    const auto run = [&](const char* sql, std::int64_t number) {
      sqlite::Statement statement = database.prepare(sql);
      statement.bind(0, number);
      statement.next();
      return std::int64_t{database.changed_rows()};
    };
    database.execute("BEGIN IMMEDIATE");
    const std::int64_t facts = run("DELETE FROM fact WHERE day < ?", number_of(before));
    const std::int64_t reports = run("DELETE FROM report WHERE day < ?", number_of(before));
    run("DELETE FROM set_aside WHERE at < ?", begin_of(before));
    if (facts + reports > 0) connection_->sweep();
    database.execute("COMMIT");
    return reports;
  });
}

Result<std::optional<int>> ReportStore::keep_days() {
  return guarded([&]() -> std::optional<int> {
    sqlite::Statement find = connection_->database.prepare("SELECT value FROM setting WHERE key = 'keep_days'");
    if (!find.next()) return std::nullopt;
    StoredRow row(find, "setting");
    const std::optional<int> days = report::parse_day_count(row.text(0, "keep_days") + "d");
    if (!days) row.refuse("keep_days is not a number of days from 1 to 36500");
    return row.is_sound(connection_->damage) ? days : std::nullopt;
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
    while (list.next()) {
      StoredRow row(list, "alert");
      std::string key = row.text(0, "key");
      if (row.is_sound(connection_->damage)) out.push_back(std::move(key));
    }
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
  return guarded([&] { return connection_->domains(); });
}

Result<std::optional<report::History>> ReportStore::history(const std::string& domain) {
  return guarded([&] { return connection_->history(domain); });
}

StoreRemarks ReportStore::remarks() const {
  const std::string damage = connection_->damage.to_string();
  const std::string& path = connection_->database.path();
  return {damage.empty() ? damage
                         : path + ": " + damage + "; restore the file from a backup, or remove a domain's reports " +
                               "(\"emailauth reports remove\") and ingest them again",
          exposure_of(path)};
}

}  // namespace emailauth::cli
