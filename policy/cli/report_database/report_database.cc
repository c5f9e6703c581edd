#include "policy/cli/report_database/report_database.h"

#include <fcntl.h>
#include <grp.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "policy/base/diagnostic.h"
#include "policy/base/shell_word.h"
#include "policy/cli/report_database/report_migration.h"
#include "policy/cli/report_database/report_schema.h"
#include "policy/cli/report_database/stored_row.h"
#include "policy/folder/folder.h"

namespace emailauth::cli {

namespace {

using sqlite::Access;
using sqlite::Database;

constexpr sqlite::Words kReportWords = {"the user who runs emailauth",
                                        "was the file made by \"emailauth reports ingest\"?"};
constexpr int kBusyMilliseconds = 60'000;

std::int64_t number_of(Database& database, const char* sql) {
  sqlite::Statement statement = database.prepare(sql);
  return statement.next() ? statement.number(0) : 0;
}

std::int64_t version_of(Database& database) { return number_of(database, "PRAGMA user_version"); }

// Two programs that open an empty file at once cannot both change its mode, and SQLite
// itself does not wait for that.
void use_write_ahead_log(Database& database) {
  for (int attempt = 0;; ++attempt) {
    try {
      database.execute("PRAGMA journal_mode = WAL");
      return;
    } catch (const sqlite::Failure& failure) {
      if (failure.code() != SQLITE_BUSY || attempt == 600) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

// Returns the SQL of each table and index, by kind and name. Triggers, views and indexes of others are not ours, and
// inert.
using Schema = std::map<std::pair<std::string, std::string>, std::string>;

Schema schema_of(Database& database) {
  Schema out;
  sqlite::Statement list = database.prepare("SELECT type, name, sql FROM sqlite_schema");
  while (list.next()) {
    if (list.type(2) == sqlite::Type::text) out[{list.text(0), list.text(1)}] = list.text(2);
  }
  return out;
}

// Returns why a table differs from what this program makes in that version; nullopt if none does.
std::optional<Error> check_tables(Database& database, int version) {
  Database ours(":memory:", Access::write, kReportWords);
  ours.execute(report_schema(version).c_str());
  const Schema found = schema_of(database);
  for (const auto& [key, sql] : schema_of(ours)) {
    const auto at = found.find(key);
    if (at != found.end() && at->second == sql) continue;
    return Error{database.path() + ": its " + key.first + " " + in_quotes(key.second) +
                 (at == found.end() ? " is missing" : " is not as emailauth makes it") +
                 "; restore the file from a backup, or name another with --reports"};
  }
  return std::nullopt;
}

// Returns why a file is not ours; nullopt if it is, or is empty.
std::optional<Error> check_file(Database& database) {
  const std::int64_t version = version_of(database);
  if (number_of(database, "PRAGMA application_id") != kReportApplication) {
    if (version == 0 && number_of(database, "SELECT count(*) FROM sqlite_schema") == 0) return std::nullopt;
    return Error{database.path() + ": is a database of something else; name another file with --reports"};
  }
  if (version < 1 || version > kReportSchemaVersion) {
    return Error{database.path() + ": was written by a newer emailauth (version " + std::to_string(version) +
                 " of its tables, this program knows " + std::to_string(kReportSchemaVersion) + "); use that one"};
  }
  return check_tables(database, static_cast<int>(version));
}

void make_tables(Database& database) {
  database.execute("BEGIN IMMEDIATE");
  const std::int64_t version = version_of(database);
  if (version == 0) {
    database.execute(report_schema(kReportSchemaVersion).c_str());
    database.execute(("PRAGMA application_id = " + std::to_string(kReportApplication)).c_str());
  } else if (version == 1) {
    migrate_from_version_1(database);
  }
  if (version < kReportSchemaVersion)
    database.execute(("PRAGMA user_version = " + std::to_string(kReportSchemaVersion)).c_str());
  database.execute("COMMIT");
}

// Returns an error if a group does not exist, or if the user may not give the file to it.
Result<bool> give_to_group(const std::string& path, const std::string& name) {
  group found{};
  group* result = nullptr;
  std::array<char, 65536> memory{};
  ::getgrnam_r(name.c_str(), &found, memory.data(), memory.size(), &result);
  if (result == nullptr) return Error{"--group: there is no group " + in_quotes(name)};
  // Before the first statement: closing the file would end the locks that SQLite has on it.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  const bool is_ours = file.is_open() && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) &&
                       status.st_uid == ::geteuid() && status.st_nlink == 1;
  if (!is_ours)
    return Error{path + ": was exchanged while it was created; nothing was given to the group " + in_quotes(name)};
  if (::fchown(file.get(), static_cast<uid_t>(-1), found.gr_gid) != 0 || ::fchmod(file.get(), 0640) != 0)
    return Error{path + ": cannot be given to the group " + in_quotes(name) + ": " + std::strerror(errno)};
  return true;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) ? status.st_mode : 0;
}

}  // namespace

Result<std::unique_ptr<Database>> open_report_database(const std::string& path, ReportStore::Mode mode,
                                                       const std::string& group) {
  const bool writes = mode == ReportStore::Mode::write;
  const bool is_new = mode_of(path) == 0;
  auto out = std::make_unique<Database>(path, writes ? Access::create : Access::write, kReportWords);
  if (writes && is_new && !group.empty()) {
    if (const auto given = give_to_group(path, group); !given) return given.error();
  }
  out->distrust(kMostRow);
  out->wait_for_locks(kBusyMilliseconds);
  if (const auto other = check_file(*out)) return *other;
  if (writes) {
    use_write_ahead_log(*out);
    make_tables(*out);
    if (const auto other = check_file(*out)) return *other;
  } else if (version_of(*out) == 0) {
    return Error{path + ": contains no reports yet; \"emailauth reports ingest\" reads some"};
  }
  if ((mode_of(path) & S_IRGRP) != 0) out->keep_companions();
  // FULL: what is reported as stored is stored, even if the power fails. Removed data is overwritten.
  out->execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;");
  return out;
}

std::string exposure_of(const std::string& path) {
  std::string open;
  const mode_t mode = mode_of(path);
  if ((mode & S_IRWXO) != 0) open = " " + shell_word(path);
  // SQLite creates the others again, with the mode of the first, unless a group may read them.
  if (open.empty() || (mode & S_IRGRP) != 0) {
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
      if ((mode_of(path + suffix) & S_IRWXO) != 0) open += " " + shell_word(path + suffix);
    }
  }
  if (open.empty()) return {};
  return path + ": every user of this machine may read what receivers report about your mail; run: chmod o=" + open;
}

}  // namespace emailauth::cli
