#include "policy/cli/ingest/set_aside_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace emailauth::cli {

namespace {

constexpr int kMostOfAName = 1000;  // different files of the same name

using Block = std::array<char, 65536>;

// Fills the block from `at` on. Returns less at the end of the file, -1 if it cannot be read.
ssize_t read_block(const Descriptor& file, off_t at, Block& block) {
  std::size_t size = 0;
  while (size < block.size()) {
    const ssize_t got = ::pread(file.get(), block.data() + size, block.size() - size, at + static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(size);
}

bool write_block(const Descriptor& file, const char* octets, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(file.get(), octets, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    octets += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool copy_all(const Descriptor& from, const Descriptor& to) {
  const auto block = std::make_unique<Block>();
  for (off_t at = 0;;) {
    const ssize_t got = read_block(from, at, *block);
    if (got <= 0) return got == 0;
    if (!write_block(to, block->data(), static_cast<std::size_t>(got))) return false;
    at += got;
  }
}

bool same_content(const Descriptor& a, const Descriptor& b) {
  struct stat status {};
  if (::fstat(b.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const auto one = std::make_unique<Block>();
  const auto other = std::make_unique<Block>();
  for (off_t at = 0;;) {
    const ssize_t got = read_block(a, at, *one);
    if (got < 0 || got != read_block(b, at, *other)) return false;
    if (got == 0) return true;
    if (std::memcmp(one->data(), other->data(), static_cast<std::size_t>(got)) != 0) return false;
    at += got;
  }
}

}  // namespace

Error SetAsideFolder::failed(int number) const {
  return Error{path_ + ": cannot be written: " + std::strerror(number) + "; name another folder with --set-aside"};
}

Result<std::unique_ptr<SetAsideFolder>> SetAsideFolder::open(const std::string& path) {
  const Result<NamedPlace> found = follow(path, Missing::is_made);
  if (!found) return Error{path + ": " + found.error().message + "; name another folder with --set-aside"};
  Descriptor folder = open_folder(found->place, ".");
  if (!folder.is_open()) {
    return Error{path + ": cannot be opened as a folder: " + std::strerror(errno) +
                 "; name another folder with --set-aside"};
  }
  return std::unique_ptr<SetAsideFolder>(new SetAsideFolder(path, std::move(folder)));
}

Result<bool> SetAsideFolder::copy(const Descriptor& file, const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (int number = 0; number < kMostOfAName; ++number) {
    const std::string target = number == 0 ? name : name + "." + std::to_string(number);
    const Descriptor made(
        ::openat(folder_.get(), target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (made.is_open()) {
      if (copy_all(file, made)) return true;
      const int reason = errno;
      ::unlinkat(folder_.get(), target.c_str(), 0);
      return failed(reason);
    }
    if (errno != EEXIST) return failed(errno);
    const Descriptor there(
        ::openat(folder_.get(), target.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (there.is_open() && same_content(file, there)) return true;
  }
  return Error{path_ + ": holds " + std::to_string(kMostOfAName) + " files called " + name +
               " already; empty it, or name another folder with --set-aside"};
}

}  // namespace emailauth::cli
