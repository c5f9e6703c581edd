// backend/key_file.h - The key database as a file: how it is made, what is on disk.
//
// Owns the schema (the bind backend's, as "pdnsutil create-bind-db" makes it),
// the owner and the mode. Knows nothing of keys or PowerDNS.
#pragma once

#include <sys/types.h>

#include <ctime>
#include <optional>
#include <string>

#include "policy/sqlite/sqlite.h"

namespace emailauth::pdns {

inline constexpr sqlite::Words kKeyFileWords = {"the user of pdns_server",
                                                "was the file made by pdnsutil create-bind-db or by this module?"};

// What tells one version of a file from another.
struct FileVersion {
  dev_t device = 0;
  ino_t inode = 0;
  off_t octets = 0;
  std::time_t seconds = 0;  // of the last change
  long nanoseconds = 0;

  bool is_same_file(const FileVersion& other) const { return device == other.device && inode == other.inode; }
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

// Nothing when there is no such file. Throws sqlite::Failure when that cannot be told.
std::optional<FileVersion> file_version(const std::string& path);

// Makes an empty database, unless the file is there by then. It appears whole:
// another program never sees half of it. Root makes it for the owner and the
// group of its directory, so that the server can use it; the group may write
// when it may write the directory. SQLite gives -wal and -shm the same owner and
// mode. Returns a warning for the operator, or "". Throws sqlite::Failure.
std::string make_key_file(const std::string& path);

}  // namespace emailauth::pdns
