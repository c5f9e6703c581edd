// policy/cli/reports/report_store.h - Reports, kept in one SQLite file.
//
// Owns the schema and its version, and that a report counts once. Any number of
// programs may write at the same time; one object is for one thread. What is added
// between begin() and commit() is stored as a whole or, when the program dies, not
// at all. Knows nothing of files or services.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/cli/reports/report_reader.h"
#include "policy/report/digest.h"
#include "policy/report/history.h"
#include "policy/result.h"

namespace emailauth::cli {

inline constexpr const char* kDefaultReportDatabase = "/var/lib/emailauth/reports.sqlite3";

struct SetAside {
  std::string place;
  std::string reason;
  std::int64_t at = 0;  // seconds since 1970
};

class ReportStore {
 public:
  enum class Mode : std::uint8_t { write, read };

  // For writing the file is made when it is not there. The error says what to do.
  static Result<ReportStore> open(const std::string& path, Mode mode);
  ReportStore(ReportStore&&) noexcept;
  ReportStore& operator=(ReportStore&&) noexcept;
  ~ReportStore();

  Result<bool> begin();
  Result<bool> commit();
  void abort();

  // False when the report is known already. Requires begin().
  Result<bool> add(const report::AggregateDigest& report);
  Result<bool> add(const report::TlsReport& report);
  Result<bool> add(const ReceivedFailure& failure);
  // Remembers what could not be read; a place counts once.
  Result<bool> set_aside(const SetAside& what);
  Result<std::vector<SetAside>> list_set_aside();

  // Takes away what is older than this day. How many reports.
  Result<std::int64_t> expire(Day before);
  // Days that reports are kept; nothing when for ever.
  Result<std::optional<int>> keep_days();
  Result<bool> keep_days(int days);

  // The alerts that were told of a domain and hold; the second
  // replaces them as a whole, and requires begin().
  Result<std::vector<std::string>> told_alerts(const std::string& domain);
  Result<bool> set_told_alerts(const std::string& domain, const std::vector<std::pair<std::string, Day>>& keys);

  // Domains that reports are about, in order.
  Result<std::vector<std::string>> domains();
  // Everything about a domain; nothing when no report is about it.
  Result<std::optional<report::History>> history(const std::string& domain);

 private:
  struct Connection;
  explicit ReportStore(std::unique_ptr<Connection> connection);
  template <typename F>
  auto guarded(F&& body) -> Result<decltype(body())>;

  std::unique_ptr<Connection> connection_;
};

}  // namespace emailauth::cli
