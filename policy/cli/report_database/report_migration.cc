#include "policy/cli/report_database/report_migration.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "policy/cli/report_database/report_schema.h"
#include "policy/cli/report_database/stored_key.h"
#include "policy/report/failure_report.h"
#include "policy/report/report_text.h"
#include "policy/report/tls_report.h"

namespace emailauth::cli {

namespace {

using sqlite::Database;
using sqlite::Statement;
using sqlite::Use;

// Rows that break the rules of the table are damaged, and are left behind.
constexpr const char* kMoveFacts = R"(
CREATE TEMP TABLE only_report (domain, receiver, day, report, PRIMARY KEY (domain, receiver, day)) WITHOUT ROWID;
INSERT OR IGNORE INTO only_report
  SELECT domain, organisation, day, CASE count(*) WHEN 1 THEN min(id) ELSE 0 END FROM report WHERE kind = 1
  GROUP BY domain, organisation, day;
INSERT OR IGNORE INTO fact (domain, day, receiver, flow, disposition, report, count)
  SELECT old.domain, old.day, old.receiver, flow, disposition, coalesce(only_report.report, 0), count
  FROM fact_of_version_1 AS old LEFT JOIN only_report ON only_report.domain = old.domain
  AND only_report.receiver = old.receiver AND only_report.day = old.day;
DROP TABLE only_report;
DROP TABLE fact_of_version_1;
)";

// Runs a statement for each row: what `row` binds.
template <typename T, typename F>
void for_each_row(Database& database, const char* sql, const std::vector<T>& rows, F&& bind) {
  Statement statement = database.prepare(sql);
  for (const T& row : rows) {
    Use use(statement);
    bind(statement, row);
    use->next();
  }
}

using Change = std::pair<std::int64_t, std::string>;  // of a row

// Rows of (id, text) whose text `made` changes.
template <typename F>
std::vector<Change> changes(Database& database, const char* sql, F&& made) {
  std::vector<Change> out;
  Statement list = database.prepare(sql);
  while (list.next()) {
    const std::string text = list.text(1);
    if (std::string now = made(text); now != text) out.emplace_back(list.number(0), std::move(now));
  }
  return out;
}

void change_ids(Database& database) {
  for_each_row(database, "UPDATE OR IGNORE report SET report_id = ? WHERE id = ?",
               changes(database, "SELECT id, report_id FROM report", stored_id),
               [](Statement& statement, const Change& one) { statement.bind(0, one.second).bind(1, one.first); });
}

// Runs a statement with numbers for ?1 and, where there are two, ?2.
void run(Database& database, const char* sql, std::initializer_list<std::int64_t> numbers) {
  Statement statement = database.prepare(sql);
  int at = 0;
  for (const std::int64_t number : numbers) statement.bind(at++, number);
  statement.next();
}

// Makes everything about one name be about another. A report that exists under both is the same.
void merge_name(Database& database, std::int64_t from, std::int64_t into) {
  run(database, "UPDATE report SET policy = ?2 WHERE policy = ?1", {from, into});
  run(database,
      "DELETE FROM fact WHERE receiver = ?1 AND report IN (SELECT a.id FROM report AS a JOIN report AS b ON "
      "a.domain = b.domain AND a.kind = b.kind AND a.begin = b.begin AND a.report_id = b.report_id "
      "WHERE a.organisation = ?1 AND b.organisation = ?2)",
      {from, into});
  run(database, "UPDATE OR IGNORE report SET organisation = ?2 WHERE organisation = ?1", {from, into});
  run(database, "DELETE FROM report WHERE organisation = ?1", {from});
  run(database, "UPDATE OR IGNORE fact SET receiver = ?2 WHERE receiver = ?1", {from, into});
  run(database, "DELETE FROM fact WHERE receiver = ?1", {from});
  run(database, "DELETE FROM name WHERE id = ?1", {from});
}

void change_names(Database& database) {
  const std::vector<Change> names =
      changes(database, "SELECT id, text FROM name WHERE id NOT IN (SELECT domain FROM report)", stored_organisation);
  Statement find = database.prepare("SELECT id FROM name WHERE text = ?");
  Statement rename = database.prepare("UPDATE name SET text = ? WHERE id = ?");
  for (const auto& [id, text] : names) {
    std::int64_t other = 0;
    {
      Use use(find);
      use->bind(0, text);
      if (use->next()) other = use->number(0);
    }
    if (other > 0) {
      merge_name(database, id, other);
    } else {
      Use use(rename);
      use->bind(0, text).bind(1, id);
      use->next();
    }
  }
}

struct TlsRow {
  std::int64_t id = 0;
  report::TlsFailure failure;
};

void redact_tls(Database& database) {
  for_each_row(database, "UPDATE tls_policy SET type = ? WHERE rowid = ?",
               changes(database, "SELECT rowid, type FROM tls_policy",
                       [](const std::string& type) {
                         report::TlsReport report;
                         report.policies.emplace_back().type = type;
                         redact(report);
                         return report.policies.front().type;
                       }),
               [](Statement& statement, const Change& one) { statement.bind(0, one.second).bind(1, one.first); });
  for_each_row(database, "UPDATE tls_policy SET domain = ? WHERE rowid = ?",
               changes(database, "SELECT rowid, domain FROM tls_policy",
                       [](const std::string& domain) { return report::mail_domain_text(domain); }),
               [](Statement& statement, const Change& one) { statement.bind(0, one.second).bind(1, one.first); });
  std::vector<TlsRow> rows;
  Statement list = database.prepare(
      "SELECT rowid, result_type, sending_address, receiving_host, receiving_address, reason_code FROM tls_failure");
  while (list.next()) {
    report::TlsReport report;
    report::TlsFailure& failure = report.policies.emplace_back().details.emplace_back();
    failure.result_type = list.text(1);
    failure.sending_address = list.text(2);
    failure.receiving_host = list.text(3);
    failure.receiving_address = list.text(4);
    failure.reason_code = list.text(5);
    redact(report);
    rows.push_back({list.number(0), std::move(failure)});
  }
  for_each_row(database,
               "UPDATE tls_failure SET result_type = ?, sending_address = ?, receiving_host = ?, "
               "receiving_address = ?, reason_code = ? WHERE rowid = ?",
               rows, [](Statement& statement, const TlsRow& row) {
                 statement.bind(0, row.failure.result_type).bind(1, row.failure.sending_address);
                 statement.bind(2, row.failure.receiving_host).bind(3, row.failure.receiving_address);
                 statement.bind(4, row.failure.reason_code).bind(5, row.id);
               });
}

struct FailureRow {
  std::int64_t id = 0;
  report::FailureReport report;
};

// Reports whose personal data was meant to be kept (--keep-personal-data) have some, and stay.
void redact_failures(Database& database) {
  std::vector<FailureRow> rows;
  Statement list = database.prepare(
      "SELECT rowid, type, auth_failure, mail_from, dkim_domain, dkim_selector, delivery_result, identity_alignment, "
      "user_agent FROM failure WHERE rcpt_to = '' AND authentication_results = '' AND headers = '' AND message = ''");
  while (list.next()) {
    report::FailureReport report;
    int column = 0;
    for (std::string* text :
         {&report.feedback_type, &report.auth_failure, &report.mail_from, &report.dkim_domain, &report.dkim_selector,
          &report.delivery_result, &report.identity_alignment, &report.user_agent})
      *text = list.text(++column);
    redact(report);
    rows.push_back({list.number(0), std::move(report)});
  }
  for_each_row(
      database,
      "UPDATE failure SET type = ?, auth_failure = ?, mail_from = ?, dkim_domain = ?, dkim_selector = ?, "
      "delivery_result = ?, identity_alignment = ?, user_agent = ? WHERE rowid = ?",
      rows, [](Statement& statement, const FailureRow& row) {
        int at = 0;
        for (const std::string* text : {&row.report.feedback_type, &row.report.auth_failure, &row.report.mail_from,
                                        &row.report.dkim_domain, &row.report.dkim_selector, &row.report.delivery_result,
                                        &row.report.identity_alignment, &row.report.user_agent})
          statement.bind(at++, *text);
        statement.bind(at, row.id);
      });
}

// Values that readers quoted, and names of attachments, which follow the path.
void redact_set_aside(Database& database) {
  const auto bind = [](Statement& statement, const Change& one) { statement.bind(0, one.second).bind(1, one.first); };
  for_each_row(database, "UPDATE set_aside SET reason = ? WHERE rowid = ?",
               changes(database, "SELECT rowid, reason FROM set_aside", report::without_addresses), bind);
  for_each_row(database, "UPDATE OR REPLACE set_aside SET place = ? WHERE rowid = ?",
               changes(database, "SELECT rowid, place FROM set_aside",
                       [](const std::string& place) {
                         const std::size_t path = std::min(place.find(": "), place.size());
                         return place.substr(0, path) + report::without_addresses(place.substr(path));
                       }),
               bind);
}

}  // namespace

void migrate_from_version_1(Database& database) {
  database.execute("PRAGMA secure_delete = ON");
  database.execute("ALTER TABLE fact RENAME TO fact_of_version_1");
  database.execute(kFactTable);
  database.execute(kMoveFacts);
  change_ids(database);
  change_names(database);
  redact_tls(database);
  redact_failures(database);
  redact_set_aside(database);
}

}  // namespace emailauth::cli
