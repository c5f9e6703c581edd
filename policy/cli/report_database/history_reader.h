// policy/cli/report_database/history_reader.h - Reads and checks everything that is stored about one domain.
//
// Part of ReportStore: only that includes it. Whatever the file contains, the history keeps the promises of
// report/history.h; rows that would break one are left out and counted. Methods throw sqlite::Failure.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/analysis/history.h"
#include "policy/cli/report_database/stored_key.h"
#include "policy/cli/report_database/stored_row.h"
#include "policy/sqlite/sqlite.h"

namespace emailauth::cli {

// A row of "report".
struct StoredReport {
  std::int64_t id = 0;
  std::int64_t kind = 0;  // ReportKind
  std::int64_t organisation = 0;
  std::string report_id;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  Day day{};
  std::int64_t policy = 0;  // 0 for none
  std::int64_t messages = 0;
};
// The columns of read_report(), for SELECT.
inline constexpr const char* kReportColumns =
    "report.id, kind, organisation, report_id, begin, end, day, coalesce(policy, 0), messages";
// `first` is the first of these columns.
StoredReport read_report(StoredRow& row, int first = 0);

class HistoryReader {
 public:
  // Holds references to both arguments; they must outlive this object.
  HistoryReader(sqlite::Database& database, Damage& damage) : database_(database), damage_(damage) {}

  // Reads everything about the domain with this id. Call at most once.
  report::History read(const std::string& domain, std::int64_t id);

 private:
  void read_reports();
  void read_facts();
  void read_flows();
  void drop_facts_without_flow();
  void read_policies();
  void read_tls_days();
  void read_tls_faults();
  void read_failures();
  const std::string* name(std::int64_t id);
  std::uint32_t receiver(std::int64_t id);
  const StoredReport* report_of(std::int64_t id, ReportKind kind) const;
  bool adds_up(std::int64_t count);

  sqlite::Database& database_;
  Damage& damage_;
  report::History out_;
  std::int64_t domain_ = 0;
  std::vector<StoredReport> reports_;
  IdMap report_places_;
  std::unordered_map<std::int64_t, std::optional<std::string>> names_;
  IdMap receiver_places_;
  IdMap flow_places_;
  std::vector<bool> flow_is_read_;
  std::int64_t total_ = 0;  // of all counts so far
};

}  // namespace emailauth::cli
