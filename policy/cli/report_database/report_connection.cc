#include "policy/cli/report_database/report_connection.h"

#include <algorithm>

namespace emailauth::cli {

namespace {

using sqlite::Use;

constexpr std::size_t kMostRemembered = 500'000;

std::string key_of(const report::FlowRow& row) {
  std::string out;
  out.reserve(row.source.size() + row.header_from.size() + row.envelope_from.size() + row.results.size() + 4);
  for (const std::string* part : {&row.header_from, &row.envelope_from, &row.results}) (out += *part) += '\n';
  return (out += static_cast<char>('0' + row.verdict)) += row.source;
}

// Whatever others write meanwhile, everything that is read until this ends is from one moment.
class OneLook {
 public:
  explicit OneLook(sqlite::Database& database) : database_(database) { database_.execute("BEGIN"); }
  ~OneLook() {
    try {
      database_.execute("ROLLBACK");
    } catch (const sqlite::Failure&) {
      // SQLite has already ended it, because it found the file damaged.
    }
  }
  OneLook(const OneLook&) = delete;
  OneLook& operator=(const OneLook&) = delete;

 private:
  sqlite::Database& database_;
};

}  // namespace

Inserts::Inserts(sqlite::Database& database)
    : name(database.prepare("INSERT INTO name (text) VALUES (?)")),
      flow(database.prepare(
          "INSERT INTO flow (source, header_from, envelope_from, verdict, results) VALUES (?, ?, ?, ?, ?)")),
      report(database.prepare("INSERT OR IGNORE INTO report (kind, domain, organisation, report_id, begin, end, day, "
                              "policy, messages) VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?)")),
      fact(database.prepare("INSERT OR REPLACE INTO fact (domain, day, receiver, flow, disposition, report, count) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?)")),
      tls(database.prepare(
          "INSERT INTO tls_policy (report, type, domain, successes, failures) VALUES (?, ?, ?, ?, ?)")),
      tls_failure(database.prepare("INSERT INTO tls_failure (report, result_type, sending_address, receiving_host, "
                                   "receiving_address, reason_code, count) VALUES (?, ?, ?, ?, ?, ?, ?)")),
      failure(database.prepare(
          "INSERT INTO failure (report, type, auth_failure, source, mail_from, rcpt_to, dkim_domain, dkim_selector, "
          "delivery_result, identity_alignment, user_agent, authentication_results, headers, message) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {}

ReportStore::Connection::Connection(std::unique_ptr<sqlite::Database> opened, Mode mode)
    : owned(std::move(opened)),
      database(*owned),
      find_name(database.prepare("SELECT id FROM name WHERE text = ?")),
      find_flow(database.prepare("SELECT id FROM flow WHERE source = ? AND header_from = ? AND envelope_from = ? AND "
                                 "verdict = ? AND results = ?")),
      data_version(database.prepare("PRAGMA data_version")) {
  if (mode == Mode::write) insert.emplace(database);
}

std::int64_t ReportStore::Connection::name(const std::string& text) {
  if (const auto known = names_.find(text); known != names_.end()) return known->second;
  std::int64_t id = 0;
  {
    Use find(find_name);
    find->bind(0, text);
    if (find->next()) id = find->number(0);
  }
  if (id == 0) {
    Use use(insert->name);
    use->bind(0, text);
    use->next();
    id = database.last_insert_id();
  }
  if (names_.size() >= kMostRemembered) names_.clear();
  names_.emplace(text, id);
  return id;
}

std::int64_t ReportStore::Connection::flow(const report::FlowRow& row) {
  std::string key = key_of(row);
  if (const auto known = flows_.find(key); known != flows_.end()) return known->second;
  const auto bind = [&row](sqlite::Statement& statement) {
    statement.bind(0, sqlite::Blob{row.source}).bind(1, row.header_from).bind(2, row.envelope_from);
    statement.bind(3, std::int64_t{row.verdict}).bind(4, row.results);
  };
  std::int64_t id = 0;
  {
    Use find(find_flow);
    bind(find_flow);
    if (find->next()) id = find->number(0);
  }
  if (id == 0) {
    Use use(insert->flow);
    bind(insert->flow);
    use->next();
    id = database.last_insert_id();
  }
  if (flows_.size() >= kMostRemembered) flows_.clear();
  flows_.emplace(std::move(key), id);
  return id;
}

std::int64_t ReportStore::Connection::insert_report(const ReportRow& row) {
  const std::int64_t domain = name(row.key.domain);
  const std::int64_t organisation = name(row.key.organisation);
  Use use(insert->report);
  use->bind(0, static_cast<std::int64_t>(row.kind)).bind(1, domain).bind(2, organisation).bind(3, row.key.id);
  use->bind(4, row.key.begin).bind(5, row.end).bind(6, number_of(row.day)).bind(7, row.policy);
  use->bind(8, static_cast<std::int64_t>(row.messages));
  use->next();
  return database.changed_rows() > 0 ? database.last_insert_id() : 0;
}

void ReportStore::Connection::forget_if_changed() {
  Use use(data_version);
  use->next();
  const std::int64_t now = use->number(0);
  if (now != version_) forget();
  version_ = now;
}

void ReportStore::Connection::forget() {
  names_.clear();
  flows_.clear();
}

std::optional<report::History> ReportStore::Connection::history(const std::string& domain) {
  std::int64_t id = 0;
  {
    Use find(find_name);
    find->bind(0, domain);
    if (!find->next()) return std::nullopt;
    id = find->number(0);
  }
  report::History out;
  {
    const OneLook look(database);
    out = HistoryReader(database, damage).read(domain, id);
  }
  if (out.facts.empty() && out.policies.empty() && out.tls.empty() && out.failures.empty()) return std::nullopt;
  return out;
}

std::vector<std::string> ReportStore::Connection::domains() {
  std::vector<std::string> out;
  sqlite::Statement list = database.prepare(
      "SELECT text FROM (SELECT DISTINCT domain FROM report) LEFT JOIN name ON name.id = domain ORDER BY text");
  while (list.next()) {
    StoredRow row(list, "name");
    std::string text = row.text(0, "text");
    if (row.is_sound(damage)) out.push_back(std::move(text));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool ReportStore::Connection::remove_report(std::int64_t id) {
  sqlite::Statement find = database.prepare("SELECT domain, day, organisation FROM report WHERE id = ?");
  find.bind(0, id);
  if (!find.next()) return false;
  const DayOfReceiver place{find.number(0), find.number(1), find.number(2)};
  find.reset();
  sqlite::Statement facts =
      database.prepare("DELETE FROM fact WHERE domain = ? AND day = ? AND receiver = ? AND report = ?");
  facts.bind(0, place[0]).bind(1, place[1]).bind(2, place[2]).bind(3, id);
  facts.next();
  sqlite::Statement row = database.prepare("DELETE FROM report WHERE id = ?");
  row.bind(0, id);
  row.next();
  removed_from_.insert(place);
  return true;
}

std::size_t ReportStore::Connection::remove_shared_facts() {
  std::size_t kept = 0;
  sqlite::Statement shared = database.prepare(
      "SELECT EXISTS (SELECT 1 FROM report WHERE domain = ?1 AND organisation = ?3 AND kind = 1 AND day = ?2) FROM "
      "fact "
      "WHERE domain = ?1 AND day = ?2 AND receiver = ?3 AND report = 0 LIMIT 1");
  sqlite::Statement remove =
      database.prepare("DELETE FROM fact WHERE domain = ?1 AND day = ?2 AND receiver = ?3 AND report = 0");
  for (const DayOfReceiver& place : removed_from_) {
    const auto bind = [&place](sqlite::Statement& statement) {
      statement.bind(0, place[0]).bind(1, place[1]).bind(2, place[2]);
    };
    bool has_others = false;
    {
      Use use(shared);
      bind(shared);
      if (!use->next()) continue;
      has_others = use->number(0) != 0;
    }
    if (has_others) {
      ++kept;
      continue;
    }
    Use use(remove);
    bind(remove);
    use->next();
  }
  removed_from_.clear();
  return kept;
}

void ReportStore::Connection::sweep() {
  database.execute(
      "DELETE FROM fact WHERE domain NOT IN (SELECT domain FROM report);"
      "DELETE FROM flow WHERE id NOT IN (SELECT flow FROM fact);"
      "DELETE FROM tls_policy WHERE report NOT IN (SELECT id FROM report);"
      "DELETE FROM tls_failure WHERE report NOT IN (SELECT id FROM report);"
      "DELETE FROM failure WHERE report NOT IN (SELECT id FROM report);"
      "DELETE FROM name WHERE id NOT IN (SELECT domain FROM report UNION SELECT organisation FROM report "
      "UNION SELECT policy FROM report WHERE policy IS NOT NULL UNION SELECT receiver FROM fact);"
      "DELETE FROM alert WHERE domain NOT IN (SELECT text FROM name WHERE id IN (SELECT domain FROM report));");
  forget();
}

}  // namespace emailauth::cli
