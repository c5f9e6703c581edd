// policy/cli/report_database/report_connection.h - The statements of the report database.
//
// Part of ReportStore: only that includes it. Methods throw sqlite::Failure.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "policy/cli/report_database/history_reader.h"
#include "policy/cli/report_database/report_store.h"
#include "policy/sqlite/sqlite.h"

namespace emailauth::cli {

struct ReportRow {
  ReportKind kind = ReportKind::aggregate;
  report::ReportKey key;  // stored_key()
  std::int64_t end = 0;
  Day day{};
  std::int64_t policy = 0;  // a name; 0 for none
  std::uint64_t messages = 0;
};

// Statements that only a program that writes needs.
struct Inserts {
  explicit Inserts(sqlite::Database& database);

  sqlite::Statement name;
  sqlite::Statement flow;
  sqlite::Statement report;
  sqlite::Statement fact;
  sqlite::Statement tls;
  sqlite::Statement tls_failure;
  sqlite::Statement failure;
};

struct ReportStore::Connection {
  Connection(std::unique_ptr<sqlite::Database> opened, Mode mode);

  // Returns the number of a text, or of a flow; assigns one if it has none.
  std::int64_t name(const std::string& text);
  std::int64_t flow(const report::FlowRow& row);
  // Returns the id of the new row; 0 if a report with this key already exists.
  std::int64_t insert_report(const ReportRow& row);
  // Keeps numbers in memory only while no other program may have removed them.
  void forget_if_changed();
  void forget();

  std::optional<report::History> history(const std::string& domain);
  std::vector<std::string> domains();
  // Removes a report and its own facts. Returns false if it does not exist.
  bool remove_report(std::int64_t id);
  // Removes what version 0.1.0 stored for the days of removed reports, if no report is left that may have said it.
  // Returns how many days stay.
  std::size_t remove_shared_facts();
  // Removes everything that nothing refers to.
  void sweep();

  Damage damage;

  const std::unique_ptr<sqlite::Database> owned;  // statements point to it: it never moves
  sqlite::Database& database;
  sqlite::Statement find_name;
  sqlite::Statement find_flow;
  sqlite::Statement data_version;
  std::optional<Inserts> insert;  // of Mode::write

 private:
  using DayOfReceiver = std::array<std::int64_t, 3>;  // domain, day, receiver

  std::set<DayOfReceiver> removed_from_;
  std::unordered_map<std::string, std::int64_t> names_;
  std::unordered_map<std::string, std::int64_t> flows_;  // by all fields of the row
  std::int64_t version_ = -1;
};

}  // namespace emailauth::cli
