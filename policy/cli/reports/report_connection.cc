#include "policy/cli/reports/report_connection.h"

#include <algorithm>
#include <limits>

namespace emailauth::cli {

namespace {

using sqlite::Use;

constexpr std::size_t kMostRemembered = 500'000;
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();  // a flow of another domain

std::string key_of(const report::FlowRow& row) {
  std::string out;
  out.reserve(row.source.size() + row.header_from.size() + row.envelope_from.size() + row.results.size() + 4);
  for (const std::string* part : {&row.header_from, &row.envelope_from, &row.results}) (out += *part) += '\n';
  return (out += static_cast<char>('0' + row.verdict)) += row.source;
}

}  // namespace

ReportStore::Connection::Connection(std::unique_ptr<sqlite::Database> opened)
    : owned(std::move(opened)),
      database(*owned),
      find_name(database.prepare("SELECT id FROM name WHERE text = ?")),
      insert_name(database.prepare("INSERT INTO name (text) VALUES (?)")),
      find_flow(database.prepare("SELECT id FROM flow WHERE source = ? AND header_from = ? AND envelope_from = ? AND "
                                 "verdict = ? AND results = ?")),
      insert_flow(database.prepare(
          "INSERT INTO flow (source, header_from, envelope_from, verdict, results) VALUES (?, ?, ?, ?, ?)")),
      insert_report_row(database.prepare("INSERT OR IGNORE INTO report (kind, domain, organisation, report_id, begin, "
                                         "end, day, policy, messages) VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?)")),
      insert_fact(database.prepare(
          "INSERT INTO fact (domain, day, receiver, flow, disposition, count) VALUES (?, ?, ?, ?, ?, ?) "
          "ON CONFLICT DO UPDATE SET count = count + excluded.count")),
      insert_tls(database.prepare(
          "INSERT INTO tls_policy (report, type, domain, successes, failures) VALUES (?, ?, ?, ?, ?)")),
      insert_tls_failure(
          database.prepare("INSERT INTO tls_failure (report, result_type, sending_address, receiving_host, "
                           "receiving_address, reason_code, count) VALUES (?, ?, ?, ?, ?, ?, ?)")),
      insert_failure(database.prepare(
          "INSERT INTO failure (report, type, auth_failure, source, mail_from, rcpt_to, dkim_domain, dkim_selector, "
          "delivery_result, identity_alignment, user_agent, authentication_results, headers, message) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")),
      data_version(database.prepare("PRAGMA data_version")) {}

std::int64_t ReportStore::Connection::name(const std::string& text) {
  if (const auto known = names_.find(text); known != names_.end()) return known->second;
  std::int64_t id = 0;
  {
    Use find(find_name);
    find->bind(0, text);
    if (find->next()) id = find->number(0);
  }
  if (id == 0) {
    Use insert(insert_name);
    insert->bind(0, text);
    insert->next();
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
    Use insert(insert_flow);
    bind(insert_flow);
    insert->next();
    id = database.last_insert_id();
  }
  if (flows_.size() >= kMostRemembered) flows_.clear();
  flows_.emplace(std::move(key), id);
  return id;
}

bool ReportStore::Connection::insert_report(const ReportRow& row) {
  const std::int64_t domain = name(row.key.domain);
  const std::int64_t organisation = name(row.key.organisation);
  Use insert(insert_report_row);
  insert->bind(0, static_cast<std::int64_t>(row.kind)).bind(1, domain).bind(2, organisation).bind(3, row.key.id);
  insert->bind(4, row.key.begin).bind(5, row.end).bind(6, number_of(row.day)).bind(7, row.policy);
  insert->bind(8, static_cast<std::int64_t>(row.messages));
  insert->next();
  return database.changed_rows() > 0;
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

std::uint32_t ReportStore::Connection::receiver(std::int64_t id, report::History& out) {
  if (const auto known = receivers_.find(id); known != receivers_.end()) return known->second;
  sqlite::Statement find = database.prepare("SELECT text FROM name WHERE id = ?");
  find.bind(0, id);
  out.receivers.push_back(find.next() ? find.text(0) : std::string());
  return receivers_.emplace(id, static_cast<std::uint32_t>(out.receivers.size() - 1)).first->second;
}

void ReportStore::Connection::read_facts(std::int64_t domain, report::History& out) {
  std::vector<std::uint32_t> position;  // of a flow in the history, by its id
  std::uint32_t count = 0;
  sqlite::Statement facts = database.prepare(
      "SELECT day, receiver, flow, disposition, count FROM fact WHERE domain = ? ORDER BY domain, day, receiver, flow, "
      "disposition");
  facts.bind(0, domain);
  while (facts.next()) {
    const std::int64_t flow = facts.number(2);
    const auto at = static_cast<std::size_t>(flow);
    if (at >= position.size()) position.resize(std::max(at + 1, position.size() * 2), kNone);
    if (position[at] == kNone) position[at] = count++;
    out.facts.push_back({day_at(facts.number(0)), receiver(facts.number(1), out), position[at],
                         static_cast<report::Disposition>(facts.number(3)),
                         static_cast<std::uint64_t>(facts.number(4))});
  }
  read_flows(position, count, out);
}

// Where most flows are this domain's, a walk over all of them is quicker than looking each up.
void ReportStore::Connection::read_flows(const std::vector<std::uint32_t>& position, std::size_t count,
                                         report::History& out) {
  constexpr const char* kScan =
      "SELECT id, source, header_from, envelope_from, verdict, results FROM flow WHERE id < ?";
  constexpr const char* kFind =
      "SELECT id, source, header_from, envelope_from, verdict, results FROM flow WHERE id = ?";
  out.flows.resize(count);
  const auto take = [&](const sqlite::Statement& row) {
    const std::uint32_t at = position[static_cast<std::size_t>(row.number(0))];
    if (at == kNone) return;
    out.flows[at] = report::from_row(
        {row.blob(1), row.text(2), row.text(3), static_cast<std::uint8_t>(row.number(4)), row.text(5)});
  };
  const bool scans = count * 4 >= position.size();
  sqlite::Statement statement = database.prepare(scans ? kScan : kFind);
  if (scans) {
    statement.bind(0, static_cast<std::int64_t>(position.size()));
    while (statement.next()) take(statement);
    return;
  }
  for (std::size_t id = 0; id < position.size(); ++id) {
    if (position[id] == kNone) continue;
    Use use(statement);
    use->bind(0, static_cast<std::int64_t>(id));
    if (use->next()) take(statement);
  }
}

void ReportStore::Connection::read_policies(std::int64_t domain, report::History& out) {
  sqlite::Statement list = database.prepare(
      "SELECT day, organisation, text FROM report JOIN name ON name.id = policy WHERE domain = ? AND kind = 1 "
      "GROUP BY day, organisation, policy ORDER BY day, organisation");
  list.bind(0, domain);
  while (list.next()) out.policies.push_back({day_at(list.number(0)), receiver(list.number(1), out), list.text(2)});
}

void ReportStore::Connection::read_tls(std::int64_t domain, report::History& out) {
  sqlite::Statement days = database.prepare(
      "SELECT day, name.text, type, sum(successes), sum(failures) FROM report JOIN tls_policy ON report = report.id "
      "JOIN name ON name.id = organisation WHERE report.domain = ? AND kind = 2 GROUP BY day, organisation, type "
      "ORDER BY day");
  days.bind(0, domain);
  while (days.next()) {
    out.tls.push_back({day_at(days.number(0)), days.text(1), days.text(2), static_cast<std::uint64_t>(days.number(3)),
                       static_cast<std::uint64_t>(days.number(4))});
  }
  sqlite::Statement faults = database.prepare(
      "SELECT day, result_type, receiving_host, sum(count) FROM report JOIN tls_failure ON report = report.id "
      "WHERE domain = ? AND kind = 2 GROUP BY day, result_type, receiving_host ORDER BY day, 4 DESC");
  faults.bind(0, domain);
  while (faults.next())
    out.tls_faults.push_back(
        {day_at(faults.number(0)), faults.text(1), faults.text(2), static_cast<std::uint64_t>(faults.number(3))});
}

void ReportStore::Connection::read_failures(std::int64_t domain, report::History& out) {
  sqlite::Statement list = database.prepare(
      "SELECT day, name.text, source, auth_failure FROM report JOIN failure ON report = report.id "
      "JOIN name ON name.id = organisation WHERE domain = ? AND kind = 3 ORDER BY day, report.id");
  list.bind(0, domain);
  while (list.next()) out.failures.push_back({day_at(list.number(0)), list.text(1), list.text(2), list.text(3)});
}

std::optional<report::History> ReportStore::Connection::history(const std::string& domain) {
  receivers_.clear();
  std::int64_t id = 0;
  {
    Use find(find_name);
    find->bind(0, domain);
    if (!find->next()) return std::nullopt;
    id = find->number(0);
  }
  report::History out;
  out.domain = domain;
  database.execute("BEGIN");  // one look at everything
  read_facts(id, out);
  read_policies(id, out);
  read_tls(id, out);
  read_failures(id, out);
  database.execute("COMMIT");
  if (out.facts.empty() && out.policies.empty() && out.tls.empty() && out.failures.empty()) return std::nullopt;
  return out;
}

}  // namespace emailauth::cli
