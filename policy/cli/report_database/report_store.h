// policy/cli/report_database/report_store.h - Keeps reports in one SQLite file.
//
// Owns the schema and its version, who may read the file, and that a report counts once.
// Any number of programs may write at the same time; one object is for one thread. What
// is added between begin() and commit() is stored as a whole or, if the program dies,
// not at all. Nothing in the file is trusted. Knows nothing about mail or services.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/analysis/history.h"
#include "policy/base/result.h"
#include "policy/cli/report_database/stored_key.h"
#include "policy/report/any_report.h"
#include "policy/report/digest.h"

namespace emailauth::cli {

struct SetAside {
  std::string place;
  std::string reason;
  std::int64_t at = 0;  // seconds since 1970
};

// Selects reports: those that match everything given.
struct ReportQuery {
  std::optional<std::string> domain;
  std::optional<std::string> organisation;
  std::optional<std::string> id;  // as the report has it, or as it is stored
};

// A stored report.
struct FoundReport {
  std::int64_t row = 0;  // for remove()
  std::string kind;      // "aggregate", "tls", "failure"; "" in a damaged row
  report::ReportKey key;
  Day day{};
  std::uint64_t messages = 0;  // or sessions
  bool damaged = false;        // its row is damaged: the wrong values are left out here
};

struct RemovedReports {
  std::size_t reports = 0;
  // Days of receivers whose counts stay, because version 0.1.0 stored them together with those of reports that stay.
  std::size_t days_kept = 0;
};

// Remarks about a database, besides its content; each is one line, or "".
struct StoreRemarks {
  std::string damage;    // rows that were left out
  std::string exposure;  // who may read it but should not
};

class ReportStore {
 public:
  enum class Mode : std::uint8_t { write, read };

  // For writing, creates a missing file: for its owner alone or, if `group` is given, readable by that group, too.
  // Converts a file of version 0.1.0 when it is opened for writing. The error says what to do.
  static Result<ReportStore> open(const std::string& path, Mode mode, const std::string& group = {});
  ReportStore(ReportStore&&) noexcept;
  ReportStore& operator=(ReportStore&&) noexcept;
  ~ReportStore();

  Result<bool> begin();
  Result<bool> commit();
  void abort();

  // Returns false if the report is already known. Requires begin().
  Result<bool> add(const report::AggregateDigest& report);
  Result<bool> add(const report::TlsReport& report);
  Result<bool> add(const report::ReceivedFailure& failure);
  // Remembers a file that could not be read; a place counts once.
  Result<bool> set_aside(const SetAside& what);
  Result<std::vector<SetAside>> list_set_aside();

  // Returns reports in the order of domain, day and organisation. A damaged one matches if its fields do.
  Result<std::vector<FoundReport>> find(const ReportQuery& query);
  // Returns reports with this key and `kind`; the key need not be in its stored form.
  Result<std::vector<FoundReport>> find(ReportKind kind, const report::ReportKey& key);
  // Removes reports with everything that is kept of them. Requires begin().
  Result<RemovedReports> remove(const std::vector<FoundReport>& reports);

  // Removes everything older than this day. Returns how many reports that was.
  Result<std::int64_t> expire(Day before);
  // Returns how many days reports are kept; nullopt if they are kept for ever.
  Result<std::optional<int>> keep_days();
  Result<bool> keep_days(int days);

  // Returns the alerts about a domain that were reported and still hold. The second
  // function replaces them as a whole, and requires begin().
  Result<std::vector<std::string>> told_alerts(const std::string& domain);
  Result<bool> set_told_alerts(const std::string& domain, const std::vector<std::pair<std::string, Day>>& keys);

  // Returns the domains that reports are about, in order; "" if some name none. Databases of version 0.1.0 have some
  // that mail cannot come from.
  Result<std::vector<std::string>> domains();
  // Returns everything about a domain; nullopt if no report is about it.
  Result<std::optional<report::History>> history(const std::string& domain);

  // Returns the remarks so far.
  StoreRemarks remarks() const;

 private:
  struct Connection;
  explicit ReportStore(std::unique_ptr<Connection> connection);
  template <typename F>
  auto guarded(F&& body) -> Result<decltype(body())>;

  std::unique_ptr<Connection> connection_;
};

}  // namespace emailauth::cli
