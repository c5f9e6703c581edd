#include "policy/cli/ingest/open_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <optional>

namespace emailauth::cli {

namespace {

constexpr int kMostLinks = 40;  // as in the kernel

Error error_of(int number) {
  if (number == ENOENT || number == ENOTDIR) return Error{"does not exist; check the path"};
  if (number == ELOOP) return Error{"is a symbolic link, which is not followed; name its target"};
  return Error{std::string("cannot be read: ") + std::strerror(number)};
}

// Root, and the user who runs the program, may lead it anywhere.
bool is_trusted(uid_t user) { return user == 0 || user == ::geteuid(); }

// The parts of a path before what is still to be followed.
void put_before(std::string_view path, std::deque<std::string>& parts) {
  std::size_t end = path.size();
  for (;;) {
    const std::size_t slash = end == 0 ? path.npos : path.rfind('/', end - 1);
    const std::size_t begin = slash == path.npos ? 0 : slash + 1;
    const std::string_view part = path.substr(begin, end - begin);
    if (!part.empty() && part != ".") parts.emplace_front(part);
    if (slash == path.npos) return;
    end = slash;
  }
}

Descriptor open_path(const Descriptor& folder, const std::string& name) {
  return Descriptor(::openat(folder.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

Descriptor first_folder(std::string_view path) {
  return Descriptor(::open(path.starts_with('/') ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

class Follower {
 public:
  explicit Follower(Missing missing) : missing_(missing) {}

  Result<NamedPlace> follow(const std::string& path) {
    if (path.empty()) return error_of(ENOENT);
    put_before(path, parts_);
    at_.place = first_folder(path);
    if (!at_.place.is_open() || ::fstat(at_.place.get(), &at_.status) != 0) return error_of(errno);
    while (!parts_.empty()) {
      const std::string part = std::move(parts_.front());
      parts_.pop_front();
      if (const Result<bool> stepped = step(part); !stepped) return stepped.error();
    }
    return std::move(at_);
  }

 private:
  Result<bool> step(const std::string& part) {
    Descriptor next = open_path(at_.place, part);
    if (!next.is_open() && errno == ENOENT && missing_ == Missing::is_made) {
      if (::mkdirat(at_.place.get(), part.c_str(), 0700) != 0 && errno != EEXIST) return error_of(errno);
      next = open_path(at_.place, part);
    }
    struct stat status {};
    if (!next.is_open() || ::fstat(next.get(), &status) != 0) return error_of(errno);
    if (S_ISLNK(status.st_mode)) return follow_link(next, status.st_uid);
    at_.folder = std::move(at_.place);
    at_.place = std::move(next);
    at_.name = part == ".." ? std::string() : part;
    at_.status = status;
    return true;
  }

  Result<bool> follow_link(const Descriptor& link, uid_t owner) {
    if (!is_trusted(owner)) {
      return Error{"is reached by a symbolic link of another user (uid " + std::to_string(owner) +
                   "), which is not followed; name its target"};
    }
    std::array<char, PATH_MAX> text;
    const ssize_t size = ::readlinkat(link.get(), "", text.data(), text.size());
    if (size <= 0 || static_cast<std::size_t>(size) == text.size() || ++links_ > kMostLinks)
      return Error{"is reached by too many symbolic links; name their target"};
    const std::string_view target(text.data(), static_cast<std::size_t>(size));
    put_before(target, parts_);
    if (!target.starts_with('/')) return true;
    at_.place = first_folder(target);
    at_.name.clear();
    if (!at_.place.is_open() || ::fstat(at_.place.get(), &at_.status) != 0) return error_of(errno);
    return true;
  }

  const Missing missing_;
  NamedPlace at_;
  std::deque<std::string> parts_;  // still to be followed
  int links_ = 0;
};

// Returns the reason why an open file does not count; "" if it does.
std::optional<Error> fault_of(const Descriptor& folder, const Descriptor& file) {
  struct stat in {};
  struct stat status {};
  if (::fstat(folder.get(), &in) != 0 || ::fstat(file.get(), &status) != 0) return error_of(errno);
  if (!S_ISREG(status.st_mode)) return Error{"is not a regular file, and is not read"};
  if (status.st_nlink > 1) {
    return Error{"has " + std::to_string(status.st_nlink) +
                 " names (hard links), and is not read: it may be another user's file; copy it instead"};
  }
  const bool own = status.st_uid == in.st_uid || (status.st_uid == ::geteuid() && ::geteuid() != 0);
  if (own || is_trusted(in.st_uid)) return std::nullopt;
  return Error{"belongs to another user (uid " + std::to_string(status.st_uid) +
               ") than its folder, and is not read; give it to the owner of the folder"};
}

}  // namespace

Result<NamedPlace> follow(const std::string& path, Missing missing) { return Follower(missing).follow(path); }

Descriptor open_folder(const Descriptor& folder, const std::string& name) {
  return Descriptor(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

Result<Descriptor> open_below(const Descriptor& folder, std::string_view relative) {
  const Descriptor* at = &folder;
  Descriptor below;
  for (std::size_t slash; (slash = relative.find('/')) != relative.npos; relative.remove_prefix(slash + 1)) {
    Descriptor next(::openat(at->get(), std::string(relative.substr(0, slash)).c_str(),
                             O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) return error_of(errno);
    below = std::move(next);
    at = &below;
  }
  // O_NONBLOCK: a pipe must not keep us waiting.
  Descriptor file(
      ::openat(at->get(), std::string(relative).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.is_open()) return error_of(errno);
  if (const auto fault = fault_of(*at, file)) return *fault;
  return file;
}

Result<std::string> read_all(const Descriptor& file, std::uint64_t most) {
  const auto too_large = [most] {
    return Error{"is larger than " + std::to_string(most >> 20) + " MiB; no report is (an mbox file may be)"};
  };
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return error_of(errno);
  if (status.st_size > 0 && static_cast<std::uint64_t>(status.st_size) > most) return too_large();
  std::string out;
  constexpr off_t kOfAPipe = 65536;
  out.resize(static_cast<std::size_t>(status.st_size > 0 ? status.st_size : kOfAPipe) + 1);
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file.get(), out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{std::string("cannot be read to its end: ") + std::strerror(errno)};
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > most) return too_large();
    if (size == out.size()) out.resize(std::min<std::size_t>(size * 2, static_cast<std::size_t>(most) + 1));
  }
  out.resize(size);
  return out;
}

}  // namespace emailauth::cli
