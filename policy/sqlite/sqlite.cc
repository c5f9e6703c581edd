#include "policy/sqlite/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

namespace emailauth::sqlite {

namespace {

// For a database that is not trusted: how often SQLite checks whether a statement takes too long, and what is too long.
constexpr int kStepsAtOnce = 100'000;
constexpr std::uint64_t kStepsOfAnyFile = 20'000'000;
constexpr std::uint64_t kStepsPerOctet = 20;

// Returns a path as a URI that promises SQLite that nobody writes.
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

std::optional<std::string> real_path(const std::string& path) {
  std::error_code error;
  std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? std::nullopt : std::optional<std::string>(real.string());
}

// Returns the path to open, which must contain no link: whoever may write to the folder could put one there at any
// time, and have root create or change a database elsewhere. Resolves a link of root or of the user who runs this;
// throws Failure for a link of others.
std::string place_without_links(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
      throw Failure(SQLITE_CANTOPEN, path + ": is a symbolic link of another user (uid " +
                                         std::to_string(status.st_uid) + "), which is not followed; name its target");
    }
    if (auto real = real_path(path)) return *real;
    throw Failure(SQLITE_CANTOPEN, path + ": is a symbolic link that leads nowhere; name the file itself");
  }
  const std::filesystem::path whole(path);
  const auto folder = real_path(whole.has_parent_path() ? whole.parent_path().string() : ".");
  return folder ? (std::filesystem::path(*folder) / whole.filename()).string() : path;
}

// SQLite would create a file that everybody may read; -wal and -shm get the mode of the file.
void make_private(const std::string& path) {
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);  // otherwise it exists, or SQLite says why it cannot be created
}

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

// Returns the error number of "cannot be opened": if -wal or -shm cannot be created,
// SQLite only says that they do not exist.
int reason_of(int code, int system_error, const std::string& path) {
  if ((code & 0xff) != SQLITE_CANTOPEN || system_error != ENOENT) return system_error;
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  for (const std::string& place : {path, directory.empty() ? std::string(".") : directory.string()}) {
    if (::access(place.c_str(), W_OK) != 0) return errno;
  }
  return system_error;
}

// SQLite quotes names that are in the file.
std::string printable(const char* message) {
  std::string out = message;
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

// Returns what happened and what to do about it, for the failures that operators meet.
std::string describe(int code, int system_error, const std::string& message, const Words& words) {
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
      return std::string("cannot be opened (") +
             (system_error != 0 ? std::string(std::strerror(system_error)) : message) +
             "); it and its directory must exist and belong to " + words.user;
    case SQLITE_INTERRUPT:
      return "is not an intact SQLite database (its pages lead in circles); stop its users and restore it from a "
             "backup";
    case SQLITE_TOOBIG: return "contains a value that is too long for it; stop its users and restore it from a backup";
    case SQLITE_IOERR:
      return std::string("cannot be read or written (") +
             (system_error != 0 ? std::string(std::strerror(system_error)) : message) +
             "); check the disk and the kernel's log";
    default: return message + "; " + words.kind;
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
void Statement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

Database::Database(std::string path, Access access, const Words& words) : path_(std::move(path)), words_(words) {
  const bool immutable = access == Access::immutable;
  const bool in_memory = path_ == ":memory:";
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (immutable ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE) |
                    (immutable || in_memory ? 0 : SQLITE_OPEN_NOFOLLOW) |
                    (access == Access::create ? SQLITE_OPEN_CREATE : 0);
  const std::string name = immutable ? immutable_uri(path_) : in_memory ? path_ : place_without_links(path_);
  if (access == Access::create) make_private(name);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(code);
}

void Database::fail(int code) const {
  const bool known = handle_ != nullptr;
  const std::string message = printable(known ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code));
  const int system_error = reason_of(code, known ? sqlite3_system_errno(handle_.get()) : 0, path_);
  throw Failure(code, path_ + ": " + describe(code, system_error, message, words_));
}

void Database::distrust(int most_octets) {
  sqlite3* handle = handle_.get();
  for (const auto& [option, value] :
       {std::pair(SQLITE_DBCONFIG_DEFENSIVE, 1), std::pair(SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
        std::pair(SQLITE_DBCONFIG_ENABLE_TRIGGER, 0), std::pair(SQLITE_DBCONFIG_ENABLE_VIEW, 0),
        std::pair(SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)}) {
    if (const int code = sqlite3_db_config(handle, option, value, nullptr); code != SQLITE_OK) fail(code);
  }
  for (const auto& [limit, value] : {std::pair(SQLITE_LIMIT_LENGTH, most_octets), std::pair(SQLITE_LIMIT_ATTACHED, 0),
                                     std::pair(SQLITE_LIMIT_TRIGGER_DEPTH, 1), std::pair(SQLITE_LIMIT_COLUMN, 100),
                                     std::pair(SQLITE_LIMIT_WORKER_THREADS, 0)})
    sqlite3_limit(handle, limit, value);
  sqlite3_progress_handler(
      handle, kStepsAtOnce, [](void* self) { return static_cast<Database*>(self)->takes_too_long() ? 1 : 0; }, this);
  execute("PRAGMA cell_size_check = ON");
}

// A row takes some octets of the file, and a few dozen steps.
bool Database::takes_too_long() {
  steps_ += kStepsAtOnce;
  return steps_ > kStepsOfAnyFile &&
         steps_ > kStepsOfAnyFile + kStepsPerOctet * (size_of(path_) + size_of(path_ + "-wal"));
}

void Database::keep_companions() {
  int keep = 1;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  execute("PRAGMA journal_size_limit = 0");  // the content of -wal goes all the same
}

void Database::wait_for_locks(int milliseconds) { sqlite3_busy_timeout(handle_.get(), milliseconds); }

void Database::execute(const char* sql) {
  steps_ = 0;
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

Statement Database::prepare(const char* sql) {
  steps_ = 0;
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

Type Statement::type(int column) const {
  switch (sqlite3_column_type(handle_.get(), column)) {
    case SQLITE_INTEGER: return Type::integer;
    case SQLITE_FLOAT: return Type::real;
    case SQLITE_TEXT: return Type::text;
    case SQLITE_BLOB: return Type::blob;
    default: return Type::null;
  }
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
  database_->steps_ = 0;
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

}  // namespace emailauth::sqlite
