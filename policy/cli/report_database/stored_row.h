// policy/cli/report_database/stored_row.h - Rows of the report database, whose values are not trusted.
//
// Owns which values a column may have: whoever can write to the file, or a failing disk, can put anything there. Knows
// nothing about what rows mean.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/base/utc_time.h"
#include "policy/report/aggregate_report.h"
#include "policy/sqlite/sqlite.h"

namespace emailauth::cli {

// Days are stored as numbers, counted from 1970-01-01.
inline std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }
inline Day day_at(std::int64_t number) { return Day(Days(number)); }

// What may be stored. Whatever `ingest` writes is within these limits; everything that is read is checked against them.
inline constexpr std::int64_t kMostTime = 253'402'300'799;          // 9999-12-31T23:59:59Z
inline constexpr std::int64_t kMostDay = kMostTime / 86'400;        // 9999-12-31
inline constexpr std::int64_t kMostStored = std::int64_t{1} << 53;  // messages, or sessions, of one row
inline constexpr std::int64_t kMostTotal = std::int64_t{1} << 59;   // of all rows of a domain: sums stay exact
inline constexpr std::int64_t kMostId = std::numeric_limits<std::int64_t>::max();
inline constexpr std::size_t kMostName = 4096;          // octets
inline constexpr std::size_t kMostResults = 512 << 10;  // octets of the results of a flow
inline constexpr std::size_t kMostText = 256 << 10;     // octets of any other text
inline constexpr int kMostRow = 16 << 20;               // octets

// The parts of the database that could not be used. Remembers some of them, and their number.
class Damage {
 public:
  void add(const std::string& what);
  std::uint64_t rows() const { return rows_; }
  // Returns "3 damaged rows were left out (fact: disposition 99 is not in 0 to 4; …)"; "" if there are none.
  std::string to_string() const;

 private:
  std::uint64_t rows_ = 0;
  std::vector<std::string> examples_;
};

// One row. A value that is not allowed is replaced by one that is, and the row is no longer sound.
//
//   StoredRow row(statement, "fact");
//   const std::int64_t count = row.number(4, "count", 0, kMostStored);
//   if (!row.is_sound(damage)) continue;
class StoredRow {
 public:
  StoredRow(const sqlite::Statement& statement, const char* table) : statement_(statement), table_(table) {}

  // Returns a whole number from `least` to `most`.
  std::int64_t number(int column, const char* name, std::int64_t least, std::int64_t most) {
    if (statement_.type(column) == sqlite::Type::integer) {
      const std::int64_t out = statement_.number(column);
      if (out >= least && out <= most) return out;
    }
    refuse_number(column, name, least, most);
    return least;
  }
  std::int64_t id(int column, const char* name) { return number(column, name, 1, kMostId); }
  Day day(int column, const char* name = "day") { return day_at(number(column, name, 0, kMostDay)); }
  report::Disposition disposition(int column);
  // Returns UTF-8 of at most `most` octets, without control characters other than line ends.
  std::string text(int column, const char* name, std::size_t most = kMostName);
  // Returns a blob.
  std::string octets(int column, const char* name);

  // Refuses the row, for a reason that only the caller can see.
  void refuse(const std::string& why);
  // Returns true if the row can be used; otherwise adds what is wrong to `damage`.
  bool is_sound(Damage& damage) const;

 private:
  void refuse_number(int column, const char* name, std::int64_t least, std::int64_t most);

  const sqlite::Statement& statement_;
  const char* const table_;
  std::string fault_;
};

// Maps ids to small numbers: places in a list. Ids are not negative. Takes memory for the existing ids, however
// large they are.
class IdMap {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  // Returns kNone if the id was not set.
  std::uint32_t find(std::int64_t id) const;
  void set(std::int64_t id, std::uint32_t place);
  // Returns the ids that were set, in order.
  std::vector<std::int64_t> ids() const;

 private:
  static constexpr std::int64_t kDense = 1 << 24;  // ids below are kept in a list

  std::vector<std::uint32_t> dense_;
  std::unordered_map<std::int64_t, std::uint32_t> others_;
};

}  // namespace emailauth::cli
