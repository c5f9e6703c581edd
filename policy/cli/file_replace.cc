#include "policy/cli/file_replace.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "policy/cli/signals_wait.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = ".new-";  // ".sendgrid.json.new-a1B2c3": no policy file

Error failed(const std::string& path, const char* what) {
  return Error{path + ": cannot be " + what + ": " + std::strerror(errno) +
               "; nothing was changed: see to room and permissions, then run the command again"};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

std::string beside(const fs::path& file, const char* end) {
  return (file.parent_path() / ("." + file.filename().string() + std::string(kTemporary) + end)).string();
}

// What a program that was killed has left behind.
void remove_leftovers(const fs::path& file) {
  const std::string begin = fs::path(beside(file, "")).filename().string();
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(file.parent_path(), ignored)) {
    if (entry.path().filename().string().substr(0, begin.size()) == begin) fs::remove(entry.path(), ignored);
  }
}

// A complete file beside `file`, on disk before it gets a name that counts.
Result<std::string> write_beside(const fs::path& file, std::string_view text, const struct stat* like) {
  std::string name = beside(file, "XXXXXX");
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return failed(file.string(), "written");
  bool good = fchmod(fd, like != nullptr ? like->st_mode & 07777 : 0644) == 0;
  if (like != nullptr && (like->st_uid != geteuid() || like->st_gid != getegid())) {
    good = good && fchown(fd, like->st_uid, like->st_gid) == 0 && fchmod(fd, like->st_mode & 07777) == 0;
  }
  good = good && write_all(fd, text) && fsync(fd) == 0;
  const int reason = errno;
  if (close(fd) != 0 || !good) {
    errno = good ? errno : reason;
    const Error error = failed(file.string(), "written with its mode and owner");
    unlink(name.c_str());
    return error;
  }
  return name;
}

void sync_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

// One file of several that change together.
class Step {
 public:
  explicit Step(const FileWrite& file) : file_(file), path_(fs::path(file.root) / file.relative) {}
  Step(Step&&) = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  Step& operator=(Step&&) = delete;
  ~Step() {
    for (const std::string* name : {&fresh_, &old_}) {
      if (!name->empty()) unlink(name->c_str());
    }
  }

  std::optional<Error> prepare() {
    struct stat before {};
    if (file_.read) {
      std::error_code error;
      path_ = fs::canonical(path_, error);
      if (error || stat(path_.c_str(), &before) != 0) {
        return Error{file_.relative + ": the file is gone; nothing was written"};
      }
    }
    remove_leftovers(path_);
    Result<std::string> fresh = write_beside(path_, file_.text, file_.read ? &before : nullptr);
    if (!fresh) return fresh.error();
    fresh_ = std::move(*fresh);
    return std::nullopt;
  }

  std::optional<Error> check() const {
    if (!file_.read || file_signature(file_.root, file_.relative) == file_.read) return std::nullopt;
    return Error{file_.relative + ": the file was changed meanwhile; nothing was written: run the command again"};
  }

  // With `keep_old` it can be taken back.
  std::optional<Error> take(bool keep_old) {
    if (!file_.read) return take_new();
    if (keep_old) {
      old_ = fresh_ + "-old";
      if (link(path_.c_str(), old_.c_str()) != 0) return failed(file_.relative, "replaced");
    }
    if (rename(fresh_.c_str(), path_.c_str()) != 0) return failed(file_.relative, "replaced");
    fresh_.clear();
    taken_ = true;
    sync_folder(path_.parent_path());
    return std::nullopt;
  }

  void take_back() {
    if (!taken_) return;
    if (!file_.read)
      unlink(path_.c_str());
    else if (rename(old_.c_str(), path_.c_str()) == 0)
      old_.clear();
    sync_folder(path_.parent_path());
  }

 private:
  std::optional<Error> take_new() {
    if (link(fresh_.c_str(), path_.c_str()) != 0) {
      if (errno == EEXIST) return Error{path_.string() + ": is there already; edit it, or remove it first"};
      return failed(path_.string(), "created");
    }
    taken_ = true;
    sync_folder(path_.parent_path());
    return std::nullopt;
  }

  const FileWrite& file_;
  fs::path path_;
  std::string fresh_;  // the new text, under a name that does not count; "" once it has one
  std::string old_;    // the old file, while it may be needed
  bool taken_ = false;
};

}  // namespace

Result<bool> write_files(const std::vector<FileWrite>& files) {
  const SignalsWait wait;
  std::vector<Step> steps;
  steps.reserve(files.size());
  for (const FileWrite& file : files) {
    if (const auto error = steps.emplace_back(file).prepare()) return *error;
  }
  for (const Step& step : steps) {
    if (const auto error = step.check()) return *error;
  }
  for (Step& step : steps) {
    const auto error = step.take(steps.size() > 1);
    if (!error) continue;
    for (Step& taken : steps) taken.take_back();
    return *error;
  }
  return true;
}

FolderLock::FolderLock(const std::string& folder) {
  fd_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ >= 0 && flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace emailauth::cli
