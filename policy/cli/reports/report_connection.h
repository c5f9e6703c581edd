// policy/cli/reports/report_connection.h - The statements of the report database.
//
// Part of ReportStore: nobody else includes it. Methods throw sqlite::Failure.
#pragma once

#include <string>
#include <unordered_map>

#include "policy/cli/reports/report_store.h"
#include "policy/sqlite/sqlite.h"

namespace emailauth::cli {

inline constexpr sqlite::Words kReportWords = {"the user who runs emailauth",
                                               "was the file made by \"emailauth reports ingest\"?"};

enum class ReportKind : std::uint8_t { aggregate = 1, tls = 2, failure = 3 };

// Days are stored as numbers, counted from 1970-01-01.
inline std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }
inline Day day_at(std::int64_t number) { return Day(Days(number)); }

struct ReportRow {
  ReportKind kind = ReportKind::aggregate;
  report::ReportKey key;
  std::int64_t end = 0;
  Day day{};
  std::int64_t policy = 0;  // a name; 0 for none
  std::uint64_t messages = 0;
};

struct ReportStore::Connection {
  explicit Connection(std::unique_ptr<sqlite::Database> opened);

  // The number of a text, or of a flow; given when it has none.
  std::int64_t name(const std::string& text);
  std::int64_t flow(const report::FlowRow& row);
  // False when a report of this key is there.
  bool insert_report(const ReportRow& row);
  // Numbers are remembered as long as nobody else may have taken them away.
  void forget_if_changed();
  void forget();

  std::optional<report::History> history(const std::string& domain);

  const std::unique_ptr<sqlite::Database> owned;  // statements point to it: it never moves
  sqlite::Database& database;
  sqlite::Statement find_name;
  sqlite::Statement insert_name;
  sqlite::Statement find_flow;
  sqlite::Statement insert_flow;
  sqlite::Statement insert_report_row;
  sqlite::Statement insert_fact;
  sqlite::Statement insert_tls;
  sqlite::Statement insert_tls_failure;
  sqlite::Statement insert_failure;
  sqlite::Statement data_version;

 private:
  void read_facts(std::int64_t domain, report::History& out);
  void read_flows(const std::vector<std::uint32_t>& position, std::size_t count, report::History& out);
  void read_policies(std::int64_t domain, report::History& out);
  void read_tls(std::int64_t domain, report::History& out);
  void read_failures(std::int64_t domain, report::History& out);
  std::uint32_t receiver(std::int64_t name, report::History& out);

  std::unordered_map<std::string, std::int64_t> names_;
  std::unordered_map<std::string, std::int64_t> flows_;  // by all fields of the row
  std::unordered_map<std::int64_t, std::uint32_t> receivers_;
  std::int64_t version_ = -1;
};

}  // namespace emailauth::cli
