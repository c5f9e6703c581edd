#include "backend/key_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "policy/sqlite/sqlite.h"

namespace emailauth::pdns {

namespace {

constexpr char kSchema[] = R"(
PRAGMA journal_mode=WAL;
CREATE TABLE domainmetadata (
  id         INTEGER PRIMARY KEY,
  domain     VARCHAR(255) COLLATE NOCASE,
  kind       VARCHAR(32) COLLATE NOCASE,
  content    TEXT
);
CREATE INDEX domainmetanameindex ON domainmetadata(domain);
CREATE TABLE cryptokeys (
  id         INTEGER PRIMARY KEY,
  domain     VARCHAR(255) COLLATE NOCASE,
  flags      INT NOT NULL,
  active     BOOL,
  published  BOOL DEFAULT 1,
  content    TEXT
);
CREATE INDEX domainnameindex ON cryptokeys(domain);
CREATE TABLE tsigkeys (
  id         INTEGER PRIMARY KEY,
  name       VARCHAR(255) COLLATE NOCASE,
  algorithm  VARCHAR(50) COLLATE NOCASE,
  secret     VARCHAR(255)
);
CREATE UNIQUE INDEX namealgoindex ON tsigkeys(name, algorithm);
)";

std::string directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

[[noreturn]] void fail(const std::string& path, const char* what, int error) {
  std::string advice;
  switch (error) {
    case ENOENT: advice = "create the directory " + directory_of(path) + " for the user of pdns_server"; break;
    case EROFS:
      advice = "the file system is read-only; point emailauth-dnssec-db at a place that can be written";
      break;
    case ENOSPC:
    case EDQUOT: advice = "free some space there"; break;
    default: advice = "allow the user of pdns_server to write " + directory_of(path); break;
  }
  throw sqlite::Failure(SQLITE_CANTOPEN, path + ": " + what + " (" + std::strerror(error) + "); " + advice);
}

// A file next to the database that is removed with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) : name_(path + ".new.XXXXXX") {
    descriptor_ = mkostemp(name_.data(), O_CLOEXEC);
    if (descriptor_ < 0) fail(path, "cannot be created", errno);
  }
  ~TemporaryFile() {
    close_descriptor();
    for (const char* suffix : {"", "-wal", "-shm"}) ::unlink((name_ + suffix).c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& name() const { return name_; }
  int descriptor() const { return descriptor_; }
  void close_descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace

std::optional<FileVersion> file_version(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail(path, "cannot be examined", errno);
  }
  return FileVersion{found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

std::string make_key_file(const std::string& path) {
  struct stat directory {};
  if (::stat(directory_of(path).c_str(), &directory) != 0) fail(path, "cannot be created", errno);
  TemporaryFile file(path);
  const mode_t mode = (directory.st_mode & S_IWGRP) != 0 ? 0660 : 0600;
  if (::geteuid() == 0 && ::fchown(file.descriptor(), directory.st_uid, directory.st_gid) != 0) {
    fail(path, "cannot be given to the owner of its directory", errno);
  }
  if (::fchmod(file.descriptor(), mode) != 0) fail(path, "cannot be given its mode", errno);
  file.close_descriptor();
  sqlite::Database(file.name(), sqlite::Access::write, kKeyFileWords).execute(kSchema);
  if (::link(file.name().c_str(), path.c_str()) != 0 && errno != EEXIST) fail(path, "cannot be created", errno);
  if (::geteuid() != 0 || directory.st_uid != 0 || (mode & S_IWGRP) != 0) return {};
  return path +
         ": made for root, who owns the directory; if pdns_server runs as another user, it cannot read the keys: "
         "give the directory and this file to that user";
}

}  // namespace emailauth::pdns
