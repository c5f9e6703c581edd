// backend/key_file.h - The key database as a file: how it is created, and which version is on disk.
//
// Owns the schema (the bind backend's, as "pdnsutil create-bind-db" makes it),
// the owner and the mode. Knows nothing about keys or PowerDNS.
#pragma once

#include <sys/types.h>

#include <ctime>
#include <optional>
#include <string>

#include "policy/sqlite/sqlite.h"

namespace emailauth::pdns {

inline constexpr sqlite::Words kKeyFileWords = {"the user of pdns_server",
                                                "was the file made by pdnsutil create-bind-db or by this module?"};

// Distinguishes one version of a file from another.
struct FileVersion {
  dev_t device = 0;
  ino_t inode = 0;
  off_t octets = 0;
  std::time_t seconds = 0;  // of the last change
  long nanoseconds = 0;

  bool is_same_file(const FileVersion& other) const { return device == other.device && inode == other.inode; }
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

// Returns nullopt if there is no such file. Throws sqlite::Failure if that cannot be determined.
std::optional<FileVersion> file_version(const std::string& path);

// Creates an empty database, unless the file exists by then. It appears whole: another program never sees half of it.
// If root creates it, it gets the owner and the group of its directory, so that the server can use it; the group may
// write to it if it may write to the directory. SQLite gives -wal and -shm the same owner and mode. Returns a warning
// for the operator, or "". Throws sqlite::Failure.
std::string make_key_file(const std::string& path);

}  // namespace emailauth::pdns
