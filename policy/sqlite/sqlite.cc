#include "policy/sqlite/sqlite.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace emailauth::sqlite {

namespace {

// A path as a URI that promises SQLite that nobody writes.
std::string immutable_uri(const std::string& path) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      const auto octet = static_cast<unsigned char>(c);
      (uri += '%') += kDigits[octet >> 4];
      uri += kDigits[octet & 15];
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

// The error number behind "cannot be opened": when -wal or -shm cannot be made,
// SQLite only says that they are not there.
int reason_of(int code, int system_error, const std::string& path) {
  if ((code & 0xff) != SQLITE_CANTOPEN || system_error != ENOENT) return system_error;
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  for (const std::string& place : {path, directory.empty() ? std::string(".") : directory.string()}) {
    if (::access(place.c_str(), W_OK) != 0) return errno;
  }
  return system_error;
}

// What happened and what to do about it, for the failures that operators meet.
std::string describe(int code, int system_error, const char* message, const Words& words) {
  if (system_error == EROFS) code = SQLITE_READONLY;
  if (system_error == ENOSPC || system_error == EDQUOT || code == SQLITE_IOERR_SHMSIZE) code = SQLITE_FULL;
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "is locked by another program; wait for it, or find it with fuser";
    case SQLITE_READONLY:
      return "cannot be written (read-only file system, or the permissions of the file or its directory); allow " +
             std::string(words.user) + " to write both";
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return std::string("may not be used (permissions); give the file and its directory to ") + words.user;
    case SQLITE_FULL: return "cannot be written: the disk is full; free some space there";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return std::string("is not an intact SQLite database (") + message +
             "); stop its users and restore it from a backup, or save what can be read with sqlite3 and .recover";
    case SQLITE_CANTOPEN:
      return std::string("cannot be opened (") + (system_error != 0 ? std::strerror(system_error) : message) +
             "); it and its directory must be there and belong to " + words.user;
    case SQLITE_IOERR:
      return std::string("cannot be read or written (") + (system_error != 0 ? std::strerror(system_error) : message) +
             "); look at the disk and the kernel's log";
    default: return std::string(message) + "; " + words.kind;
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
void Statement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

Database::Database(std::string path, Access access, const Words& words) : path_(std::move(path)), words_(words) {
  const bool immutable = access == Access::immutable;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (immutable ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE) |
                    (access == Access::create ? SQLITE_OPEN_CREATE : 0);
  const std::string name = immutable ? immutable_uri(path_) : path_;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(code);
}

void Database::fail(int code) const {
  const bool known = handle_ != nullptr;
  const char* message = known ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  const int system_error = reason_of(code, known ? sqlite3_system_errno(handle_.get()) : 0, path_);
  throw Failure(code, path_ + ": " + describe(code, system_error, message, words_));
}

void Database::wait_for_locks(int milliseconds) { sqlite3_busy_timeout(handle_.get(), milliseconds); }

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

Statement Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) fail(code);
  return {*this, statement};
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }
int Database::changed_rows() const { return sqlite3_changes(handle_.get()); }

Statement& Statement::bind(int at, std::string_view text) {
  const int code = sqlite3_bind_text64(handle_.get(), at + 1, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->fail(code);
  return *this;
}

Statement& Statement::bind(int at, std::int64_t number) {
  const int code = sqlite3_bind_int64(handle_.get(), at + 1, number);
  if (code != SQLITE_OK) database_->fail(code);
  return *this;
}

Statement& Statement::bind(int at, Blob blob) {
  const int code = sqlite3_bind_blob64(handle_.get(), at + 1, blob.octets.data(), blob.octets.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) database_->fail(code);
  return *this;
}

bool Statement::next() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_->fail(code);
}

std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(handle_.get(), column);
  if (text == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return {reinterpret_cast<const char*>(text), size};
}

std::string Statement::blob(int column) const {
  const void* octets = sqlite3_column_blob(handle_.get(), column);
  if (octets == nullptr) return {};
  return {static_cast<const char*>(octets), static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(handle_.get(), column); }

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

}  // namespace emailauth::sqlite
