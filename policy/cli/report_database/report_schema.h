// policy/cli/report_database/report_schema.h - The tables of the report database.
#pragma once

#include <string>

namespace emailauth::cli {

// 1 is that of emailauth 0.1.0, in which facts do not say which report they belong to.
inline constexpr int kReportSchemaVersion = 2;
// "eart": distinguishes our files from others (PRAGMA application_id).
inline constexpr int kReportApplication = 0x65617274;

// name: texts that are used often. report: what was received; its key is unique.
// flow: report::FlowRow.
inline constexpr const char* kReportTables = R"(
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  domain INTEGER NOT NULL REFERENCES name,
  organisation INTEGER NOT NULL REFERENCES name,
  report_id TEXT NOT NULL,
  begin INTEGER NOT NULL,
  end INTEGER NOT NULL,
  day INTEGER NOT NULL,
  policy INTEGER REFERENCES name,
  messages INTEGER NOT NULL,
  UNIQUE (domain, organisation, kind, begin, report_id)
);
CREATE TABLE flow (
  id INTEGER PRIMARY KEY,
  source BLOB NOT NULL,
  header_from TEXT NOT NULL,
  envelope_from TEXT NOT NULL,
  verdict INTEGER NOT NULL,
  results TEXT NOT NULL,
  UNIQUE (source, header_from, results, verdict, envelope_from)
);
CREATE TABLE tls_policy (
  report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  type TEXT NOT NULL,
  domain TEXT NOT NULL,
  successes INTEGER NOT NULL,
  failures INTEGER NOT NULL
);
CREATE INDEX tls_policy_report ON tls_policy (report);
CREATE TABLE tls_failure (
  report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  result_type TEXT NOT NULL,
  sending_address TEXT NOT NULL,
  receiving_host TEXT NOT NULL,
  receiving_address TEXT NOT NULL,
  reason_code TEXT NOT NULL,
  count INTEGER NOT NULL
);
CREATE INDEX tls_failure_report ON tls_failure (report);
CREATE TABLE failure (
  report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  type TEXT NOT NULL,
  auth_failure TEXT NOT NULL,
  source TEXT NOT NULL,
  mail_from TEXT NOT NULL,
  rcpt_to TEXT NOT NULL,
  dkim_domain TEXT NOT NULL,
  dkim_selector TEXT NOT NULL,
  delivery_result TEXT NOT NULL,
  identity_alignment TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  authentication_results TEXT NOT NULL,
  headers TEXT NOT NULL,
  message TEXT NOT NULL
);
CREATE INDEX failure_report ON failure (report);
CREATE TABLE set_aside (place TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE alert (domain TEXT NOT NULL, key TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (domain, key));
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
)";

// fact: report::Fact, in the order in which it is read. report: 0 if several may have said it, which only version 1
// stored.
inline constexpr const char* kFactTable = R"(
CREATE TABLE fact (
  domain INTEGER NOT NULL REFERENCES name,
  day INTEGER NOT NULL,
  receiver INTEGER NOT NULL REFERENCES name,
  flow INTEGER NOT NULL REFERENCES flow,
  disposition INTEGER NOT NULL,
  report INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (domain, day, receiver, flow, disposition, report)
) WITHOUT ROWID;
)";
inline constexpr const char* kFactTableOfVersion1 = R"(
CREATE TABLE fact (
  domain INTEGER NOT NULL REFERENCES name,
  day INTEGER NOT NULL,
  receiver INTEGER NOT NULL REFERENCES name,
  flow INTEGER NOT NULL REFERENCES flow,
  disposition INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (domain, day, receiver, flow, disposition)
) WITHOUT ROWID;
)";

// Returns the statements that create all tables of a version.
inline std::string report_schema(int version) {
  return std::string(kReportTables) + (version == 1 ? kFactTableOfVersion1 : kFactTable);
}

}  // namespace emailauth::cli
