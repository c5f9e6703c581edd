#include "backend/key_store.h"

#include <sqlite3.h>

#include <utility>

namespace emailauth::pdns {

namespace {

constexpr int kReadWait = 1000;  // milliseconds; a question waits for this
constexpr int kWriteWait = 5000;

// Nothing is waiting in the write-ahead log: the file itself has everything.
bool has_empty_wal(const std::string& path) {
  const std::optional<FileVersion> wal = file_version(path + "-wal");
  return !wal || wal->octets == 0;
}

// Failures that the promise "nobody writes" can avoid: no place or no
// permission for -wal and -shm.
bool may_read_immutable(const sqlite::Failure& failure, const std::string& path) {
  switch (failure.code()) {
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_FULL:
    case SQLITE_IOERR: return has_empty_wal(path);
    default: return false;
  }
}

}  // namespace

// An open database with the statements that answers need.
struct KeyStore::Connection {
  Connection(const std::string& path, sqlite::Access access_, const FileVersion& version_)
      : database(path, access_, kKeyFileWords),
        access(access_),
        version(version_),
        keys(database.prepare("SELECT id, flags, active, published, content FROM cryptokeys WHERE domain = ?")),
        metadata(database.prepare("SELECT kind, content FROM domainmetadata WHERE domain = ? ORDER BY id")),
        data_version(database.prepare("PRAGMA data_version")) {
    database.wait_for_locks(kReadWait);
  }

  // Returns true if the file is still the one that was opened.
  bool fits(const FileVersion& now) const {
    if (access != sqlite::Access::immutable) return version.is_same_file(now);
    return version == now && has_empty_wal(database.path());
  }

  // A database that pdnsutil create-bind-db made has another kind of journal, which makes
  // readers wait for writers. Changes that now, unless the database is in use.
  void use_wal() {
    try {
      database.execute("PRAGMA journal_mode=WAL");
    } catch (const sqlite::Failure& failure) {
      if (failure.code() != SQLITE_BUSY) throw;
    }
  }

  // Returns true if another program has written since the last call.
  bool has_changed() {
    sqlite::Use use(data_version);
    const std::int64_t now = use->next() ? use->number(0) : 0;
    return std::exchange(last_data_version, now) != now;
  }

  sqlite::Database database;
  sqlite::Access access;
  FileVersion version;
  sqlite::Statement keys;
  sqlite::Statement metadata;
  sqlite::Statement data_version;
  std::int64_t last_data_version = -1;
  bool has_begun = false;  // a transaction
};

KeyStore::KeyStore(std::string path, Warn warn)
    : path_(std::move(path)), warn_(std::move(warn)), memory_(KeyMemory::of(path_)) {}

KeyStore::~KeyStore() = default;

void KeyStore::log(const std::string& text) {
  if (memory_->wants_log(text)) warn_(text);
}

// Returns nullptr if there is no file, and never was one.
KeyStore::Connection* KeyStore::connect() {
  const std::optional<FileVersion> version = file_version(path_);
  if (connection_ && (!version || !connection_->fits(*version))) connection_.reset();
  if (!version) {
    if (!memory_->has_seen_file()) return nullptr;
    throw sqlite::Failure(SQLITE_CANTOPEN, path_ +
                                               ": has disappeared; put it back from a backup, or restart pdns_server "
                                               "if no zone is to be signed any more");
  }
  memory_->saw_file();
  if (!connection_) open(*version);
  return connection_.get();
}

void KeyStore::open(const FileVersion& version) {
  try {
    connection_ = std::make_unique<Connection>(path_, sqlite::Access::write, version);
  } catch (const sqlite::Failure& failure) {
    if (!may_read_immutable(failure, path_)) throw;
    connection_ = std::make_unique<Connection>(path_, sqlite::Access::immutable, version);
    log(std::string(failure.what()) + " (until then, keys are read but cannot be changed)");
  }
}

void KeyStore::list_signed_zones(Connection& connection) {
  if (!memory_->wants_list(connection.has_changed())) return;
  std::unordered_set<std::string> zones;
  sqlite::Statement list = connection.database.prepare("SELECT DISTINCT domain FROM cryptokeys");
  while (list.next()) zones.insert(list.text(0));
  memory_->remember(std::move(zones));
}

template <typename F>
auto KeyStore::reading(const std::string& zone, F&& body) -> decltype(body(std::declval<Connection&>())) {
  using Value = decltype(body(std::declval<Connection&>()));
  try {
    if (const std::optional<sqlite::Failure> failure = memory_->recent_failure()) throw sqlite::Failure(*failure);
    Connection* connection = connect();
    if (connection == nullptr) return Value();
    list_signed_zones(*connection);
    return body(*connection);
  } catch (const sqlite::Failure& failure) {
    const bool undoes_writes = connection_ && connection_->has_begun;
    connection_.reset();
    if (!memory_->recent_failure()) memory_->remember(failure);
    log(failure.what());
    if (!undoes_writes && memory_->is_known_unsigned(zone)) return Value();
    throw;
  }
}

template <typename F>
auto KeyStore::writing(F&& body) -> decltype(body(std::declval<Connection&>())) {
  try {
    Connection* connection = connect();
    if (connection == nullptr) {
      const std::string warning = make_key_file(path_);
      if (!warning.empty()) log(warning);
      connection = connect();
    }
    if (connection->access == sqlite::Access::immutable) {  // write, or fail with the reason
      connection_ = std::make_unique<Connection>(path_, sqlite::Access::write, connection->version);
      connection = connection_.get();
    }
    if (!connection->has_begun) {
      connection->use_wal();
      connection->database.wait_for_locks(kWriteWait);
      connection->database.execute("BEGIN IMMEDIATE");
      connection->has_begun = true;
    }
    const auto value = body(*connection);
    if (!in_transaction_) {
      connection->database.execute("COMMIT");
      connection->has_begun = false;
    }
    connection->database.wait_for_locks(kReadWait);
    return value;
  } catch (...) {
    connection_.reset();  // undoes what was not committed
    in_transaction_ = false;
    throw;
  }
}

std::vector<StoredKey> KeyStore::keys(const std::string& zone) {
  return reading(zone, [&](Connection& connection) {
    std::vector<StoredKey> found;
    sqlite::Use query(connection.keys);
    query->bind(0, zone);
    while (query->next()) {
      found.push_back({query->number(0), static_cast<std::uint32_t>(query->number(1)), query->number(2) != 0,
                       query->number(3) != 0, query->text(4)});
    }
    memory_->remember(zone, !found.empty());
    return found;
  });
}

Metadata KeyStore::metadata(const std::string& zone) {
  return reading(zone, [&](Connection& connection) {
    Metadata found;
    sqlite::Use query(connection.metadata);
    query->bind(0, zone);
    while (query->next()) found[query->text(0)].push_back(query->text(1));
    return found;
  });
}

std::vector<std::string> KeyStore::signed_zones() {
  std::vector<std::string> found;
  Connection* connection = connect();
  if (connection == nullptr) return found;
  sqlite::Statement list = connection->database.prepare("SELECT DISTINCT domain FROM cryptokeys");
  while (list.next()) found.push_back(list.text(0));
  return found;
}

std::int64_t KeyStore::add_key(const std::string& zone, const StoredKey& key) {
  const std::int64_t id = writing([&](Connection& connection) {
    sqlite::Statement insert = connection.database.prepare(
        "INSERT INTO cryptokeys (domain, flags, active, published, content) VALUES (?, ?, ?, ?, ?)");
    insert.bind(0, zone).bind(1, std::int64_t{key.flags}).bind(2, std::int64_t{key.active});
    insert.bind(3, std::int64_t{key.published}).bind(4, key.content).next();
    return connection.database.last_insert_id();
  });
  memory_->remember(zone, true);
  return id;
}

bool KeyStore::change_key(const char* sql, const std::string& zone, std::int64_t id) {
  return writing([&](Connection& connection) {
    connection.database.prepare(sql).bind(0, zone).bind(1, id).next();
    return connection.database.changed_rows() > 0;
  });
}

bool KeyStore::remove_key(const std::string& zone, std::int64_t id) {
  return change_key("DELETE FROM cryptokeys WHERE domain = ? AND id = ?", zone, id);
}

bool KeyStore::set_active(const std::string& zone, std::int64_t id, bool active) {
  return change_key(active ? "UPDATE cryptokeys SET active = 1 WHERE domain = ? AND id = ?"
                           : "UPDATE cryptokeys SET active = 0 WHERE domain = ? AND id = ?",
                    zone, id);
}

bool KeyStore::set_published(const std::string& zone, std::int64_t id, bool published) {
  return change_key(published ? "UPDATE cryptokeys SET published = 1 WHERE domain = ? AND id = ?"
                              : "UPDATE cryptokeys SET published = 0 WHERE domain = ? AND id = ?",
                    zone, id);
}

void KeyStore::set_metadata(const std::string& zone, const std::string& kind, const std::vector<std::string>& values) {
  writing([&](Connection& connection) {
    connection.database.prepare("DELETE FROM domainmetadata WHERE domain = ? AND kind = ?")
        .bind(0, zone)
        .bind(1, kind)
        .next();
    sqlite::Statement insert =
        connection.database.prepare("INSERT INTO domainmetadata (domain, kind, content) VALUES (?, ?, ?)");
    for (const std::string& value : values) {
      insert.bind(0, zone).bind(1, kind).bind(2, value).next();
      insert.reset();
    }
    return true;
  });
}

void KeyStore::begin() { in_transaction_ = true; }

void KeyStore::commit() {
  in_transaction_ = false;
  if (!connection_ || !connection_->has_begun) return;
  try {
    connection_->database.execute("COMMIT");
    connection_->has_begun = false;
  } catch (const sqlite::Failure&) {
    connection_.reset();
    throw;
  }
}

void KeyStore::abort() {
  in_transaction_ = false;
  if (connection_ && connection_->has_begun) connection_.reset();  // undoes it
}

}  // namespace emailauth::pdns
