// policy/sqlite/sqlite.h - SQLite, with errors that say what happened and what to do.
//
// Owns connections, prepared statements and the wording of their failures. Knows nothing about what is stored. For one
// thread at a time. Shared by the module and the program; not part of the core.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace emailauth::sqlite {

// One line: "<file>: <what>; <what to do>".
class Failure : public std::runtime_error {
 public:
  Failure(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
  // Returns SQLite's primary result code, such as SQLITE_BUSY.
  int code() const { return code_ & 0xff; }

 private:
  int code_;
};

enum class Access : std::uint8_t {
  create,     // for writing; creates a missing file, readable by its owner alone
  write,      // for reading only if the file may not be written
  immutable,  // promises that nobody writes: needs neither locks nor -wal nor -shm
};

// What a file is to its user, for the advice in failures.
struct Words {
  const char* user;  // its owner: "the user of pdns_server"
  const char* kind;  // for a file with strange tables: "was the file made by …?"
};

// How a value is stored; any column may have values of any type, whatever its declaration says.
enum class Type : std::uint8_t { integer, real, text, blob, null };

// Octets that are not text.
struct Blob {
  std::string_view octets;
};

class Statement;

class Database {
 public:
  // Opens an existing file (but see Access::create). Throws Failure. SQLite reads nothing before the first statement.
  // For writing, the path must not be a symbolic link that belongs to anyone but root and the user who runs this.
  Database(std::string path, Access access, const Words& words);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // From now on nothing in the file is trusted: triggers do not run, views are not read, functions with side effects
  // and writes to the schema are refused, pages are checked, rows have at most `most_octets`, and a statement that
  // takes more steps than a file of this size can explain ends with a Failure.
  void distrust(int most_octets);

  // Keeps the -wal and -shm files when the last program closes the database: a user who may read the database but not
  // write to its folder could not read it without them.
  void keep_companions();

  // Waits this long for another program that is writing.
  void wait_for_locks(int milliseconds);

  // Runs statements that have no parameters. Throws Failure.
  void execute(const char* sql);
  Statement prepare(const char* sql);

  const std::string& path() const { return path_; }
  std::int64_t last_insert_id() const;
  // Returns the number of rows that the last statement changed.
  int changed_rows() const;

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  [[noreturn]] void fail(int code) const;
  bool takes_too_long();

  std::string path_;
  Words words_;
  std::unique_ptr<sqlite3, Close> handle_;
  std::uint64_t steps_ = 0;  // of the running statement, if the file is not trusted
};

// A prepared statement. Must not outlive its database.
class Statement {
 public:
  // Parameters and columns are counted from 0.
  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, std::int64_t number);
  Statement& bind(int at, Blob blob);

  // Moves to the next row. Returns false if there are no more. Throws Failure.
  bool next();
  Type type(int column) const;
  std::string text(int column) const;
  std::string blob(int column) const;
  std::int64_t number(int column) const;

  // Makes the statement ready for binding and running again; ends its read of the database.
  void reset();

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  Statement(Database& database, sqlite3_stmt* handle) : database_(&database), handle_(handle) {}

  Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

// Resets a statement at the end of a block, even if an exception leaves it.
class Use {
 public:
  explicit Use(Statement& statement) : statement_(statement) {}
  ~Use() { statement_.reset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  Statement* operator->() { return &statement_; }

 private:
  Statement& statement_;
};

}  // namespace emailauth::sqlite
