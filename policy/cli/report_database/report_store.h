// policy/cli/report_database/report_store.h - Reports, kept in one SQLite file.
//
// Owns the schema and its version, who may read the file, and that a report counts once.
// Any number of programs may write at the same time; one object is for one thread. What
// is added between begin() and commit() is stored as a whole or, when the program dies,
// not at all. Nothing in the file is trusted. Knows nothing of mail or services.
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

// Which reports are meant: those that fit all that is given.
struct ReportQuery {
  std::optional<std::string> domain;
  std::optional<std::string> organisation;
  std::optional<std::string> id;  // as the report writes it, or as it is stored
};

// A report that is stored.
struct FoundReport {
  std::int64_t row = 0;  // for remove()
  std::string kind;      // "aggregate", "tls", "failure"; "" in a damaged row
  report::ReportKey key;
  Day day{};
  std::uint64_t messages = 0;  // or sessions
  bool damaged = false;        // its row is: what is wrong in it is left out here
};

struct RemovedReports {
  std::size_t reports = 0;
  // Days of receivers whose counts stay: version 0.1.0 stored them together with those of reports that stay.
  std::size_t days_kept = 0;
};

// What is to be said about a database, beside what is in it; each is one line, or "".
struct StoreRemarks {
  std::string damage;    // rows that were left out
  std::string exposure;  // who may read it that should not
};

class ReportStore {
 public:
  enum class Mode : std::uint8_t { write, read };

  // For writing the file is made when it is not there: for its owner alone, or, where `group` is given, for that group
  // to read. A file of version 0.1.0 is converted when it is opened for writing. The error says what to do.
  static Result<ReportStore> open(const std::string& path, Mode mode, const std::string& group = {});
  ReportStore(ReportStore&&) noexcept;
  ReportStore& operator=(ReportStore&&) noexcept;
  ~ReportStore();

  Result<bool> begin();
  Result<bool> commit();
  void abort();

  // False when the report is known already. Requires begin().
  Result<bool> add(const report::AggregateDigest& report);
  Result<bool> add(const report::TlsReport& report);
  Result<bool> add(const report::ReceivedFailure& failure);
  // Remembers what could not be read; a place counts once.
  Result<bool> set_aside(const SetAside& what);
  Result<std::vector<SetAside>> list_set_aside();

  // Reports in the order of domain, day and organisation. A damaged one fits where its fields say so.
  Result<std::vector<FoundReport>> find(const ReportQuery& query);
  // Those with these keys, of `kind`; the keys need not be as they are stored.
  Result<std::vector<FoundReport>> find(ReportKind kind, const report::ReportKey& key);
  // Removes reports with all that is kept of them. Requires begin().
  Result<RemovedReports> remove(const std::vector<FoundReport>& reports);

  // Removes what is older than this day. How many reports.
  Result<std::int64_t> expire(Day before);
  // Days that reports are kept; nothing when for ever.
  Result<std::optional<int>> keep_days();
  Result<bool> keep_days(int days);

  // The alerts that were told of a domain and hold; the second
  // replaces them as a whole, and requires begin().
  Result<std::vector<std::string>> told_alerts(const std::string& domain);
  Result<bool> set_told_alerts(const std::string& domain, const std::vector<std::pair<std::string, Day>>& keys);

  // Domains that reports are about, in order; "" when some name none. Databases of version 0.1.0 hold some that no
  // mail can be of.
  Result<std::vector<std::string>> domains();
  // Everything about a domain; nothing when no report is about it.
  Result<std::optional<report::History>> history(const std::string& domain);

  // What there is to say by now.
  StoreRemarks remarks() const;

 private:
  struct Connection;
  explicit ReportStore(std::unique_ptr<Connection> connection);
  template <typename F>
  auto guarded(F&& body) -> Result<decltype(body())>;

  std::unique_ptr<Connection> connection_;
};

}  // namespace emailauth::cli
