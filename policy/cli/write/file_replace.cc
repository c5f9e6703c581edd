#include "policy/cli/write/file_replace.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>

#include "policy/cli/terminal/signals_wait.h"

namespace emailauth::cli {

namespace {

constexpr std::string_view kTemporary = ".new-";  // ".sendgrid.json.new-a1B2c3": not a policy file
constexpr const char* kAccessList = "system.posix_acl_access";
constexpr mode_t kPermissions = S_IRWXU | S_IRWXG | S_IRWXO;  // a text needs no other bits

Error failed(const std::string& path, const char* what, int reason) {
  const std::string why = reason == EXDEV ? "a link on the way leads out of the directory" : std::strerror(reason);
  return Error{path + ": cannot be " + what + ": " + why +
               "; nothing was changed: check free space and permissions, then run the command again"};
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

std::string temporary_begin(const FilePlace& place) { return "." + place.name + std::string(kTemporary); }

std::string temporary_name(const FilePlace& place) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::random_device random;
  std::string out = temporary_begin(place);
  for (int i = 0; i < 6; ++i) out += kLetters[random() % kLetters.size()];
  return out;
}

// Removes what a program that was killed has left behind.
void remove_leftovers(const FilePlace& place) {
  const std::string begin = temporary_begin(place);
  Descriptor folder = place.folder.open_to_read();
  const std::unique_ptr<DIR, int (*)(DIR*)> names(folder.is_open() ? fdopendir(folder.get()) : nullptr, closedir);
  if (!names) return;
  folder.release();
  while (const dirent* entry = readdir(names.get())) {
    if (std::string_view(entry->d_name).starts_with(begin)) unlinkat(dirfd(names.get()), entry->d_name, 0);
  }
}

// The file to be replaced: who may read and write it, and whether it still is the file that was read.
struct Original {
  struct stat status {};
  std::string access_list;  // as the system keeps it; "": the mode alone says it

  static std::optional<Original> of(const FilePlace& place) {
    constexpr int kHow = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const Descriptor file(openat(place.folder.descriptor(), place.name.c_str(), kHow));
    Original out;
    if (!file.is_open() || fstat(file.get(), &out.status) != 0) return std::nullopt;
    std::array<char, 65536> list;  // no attribute is larger
    const ssize_t size = fgetxattr(file.get(), kAccessList, list.data(), list.size());
    if (size > 0) out.access_list.assign(list.data(), static_cast<std::size_t>(size));
    return out;
  }
};

// Gives the new file, which is still empty, to those who have the old one, and never to others: whoever opens it now
// can read it later.
bool make_like(int fd, const Original& old) {
  if ((old.status.st_uid != geteuid() || old.status.st_gid != getegid()) &&
      fchown(fd, old.status.st_uid, old.status.st_gid) != 0)
    return false;
  if (!old.access_list.empty())  // it contains the mode
    return fsetxattr(fd, kAccessList, old.access_list.data(), old.access_list.size(), 0) == 0;
  const bool removed = fremovexattr(fd, kAccessList) == 0;  // the list that it got from the folder
  return (removed || errno == ENODATA || errno == EOPNOTSUPP) && fchmod(fd, old.status.st_mode & kPermissions) == 0;
}

void sync_folder(const Folder& folder) {
  const Descriptor fd = folder.open_to_read();
  if (fd.is_open()) fsync(fd.get());
}

// One file of several that change together.
class Step {
 public:
  explicit Step(const FileWrite& file) : file_(file) {}
  Step(Step&&) = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  Step& operator=(Step&&) = delete;
  ~Step() {
    for (const std::string* name : {&fresh_, &old_}) {
      if (!name->empty()) unlinkat(folder(), name->c_str(), 0);
    }
  }

  std::optional<Error> prepare() {
    const FoundPlace found = file_.read ? file_.root.find(file_.relative) : file_.root.find_new(file_.relative);
    if (!found && !file_.read) return failed(FilePlace{file_.root, file_.relative}.path(), "written", found.error);
    if (!found) return is_gone();
    place_ = *found;
    std::optional<Original> old;
    if (file_.read) {
      old = Original::of(*place_);
      if (!old) return is_gone();
      if (signature_of(old->status) != *file_.read) return was_changed();
    }
    remove_leftovers(*place_);
    return write_fresh(old);
  }

  std::optional<Error> check() const {
    struct stat now {};
    if (!file_.read) return std::nullopt;
    if (fstatat(folder(), name(), &now, AT_SYMLINK_NOFOLLOW) == 0 && signature_of(now) == *file_.read)
      return std::nullopt;
    return was_changed();
  }

  // With `keep_old` the change can be undone.
  std::optional<Error> take(bool keep_old) {
    if (!file_.read) return take_new();
    if (keep_old) {
      const std::string old = fresh_ + "-old";
      if (linkat(folder(), name(), folder(), old.c_str(), 0) != 0) return failed(file_.relative, "replaced", errno);
      old_ = old;
    }
    if (renameat(folder(), fresh_.c_str(), folder(), name()) != 0) return failed(file_.relative, "replaced", errno);
    return taken();
  }

  void take_back() {
    if (!taken_) return;
    if (!file_.read)
      unlinkat(folder(), name(), 0);
    else if (renameat(folder(), old_.c_str(), folder(), name()) == 0)
      old_.clear();
    sync_folder(place_->folder);
  }

 private:
  int folder() const { return place_->folder.descriptor(); }
  const char* name() const { return place_->name.c_str(); }

  Error is_gone() const { return Error{file_.relative + ": the file is gone; nothing was written"}; }
  Error was_changed() const {
    return Error{file_.relative + ": the file was changed meanwhile; nothing was written: run the command again"};
  }

  // A complete file next to the one that it becomes, on disk before it gets a name that counts.
  std::optional<Error> write_fresh(const std::optional<Original>& old) {
    constexpr int kTries = 100;
    constexpr int kHow = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Descriptor file;
    for (int i = 0; i < kTries && !file.is_open(); ++i) {
      std::string fresh = temporary_name(*place_);
      file = Descriptor(openat(folder(), fresh.c_str(), kHow, old ? 0600 : 0666));
      if (file.is_open()) fresh_ = std::move(fresh);
      if (!file.is_open() && errno != EEXIST) break;
    }
    if (!file.is_open()) return failed(place_->path(), "written", errno);
    const bool given = old ? make_like(file.get(), *old) : file_.by_umask || fchmod(file.get(), 0644) == 0;
    if (!given || !write_all(file.get(), file_.text) || fsync(file.get()) != 0 || close(file.release()) != 0)
      return failed(place_->path(), "written with its mode and owner", errno);
    return std::nullopt;
  }

  // In one step, and never over another file: by a hard link if the file system cannot rename that way.
  std::optional<Error> take_new() {
    int done = renameat2(folder(), fresh_.c_str(), folder(), name(), RENAME_NOREPLACE);
    if (done == 0) return taken();
    if (errno == EINVAL || errno == ENOSYS) done = linkat(folder(), fresh_.c_str(), folder(), name(), 0);
    if (done == 0) {
      unlinkat(folder(), fresh_.c_str(), 0);
      return taken();
    }
    if (errno == EEXIST) return Error{place_->path() + ": already exists; edit it, or remove it first"};
    return failed(place_->path(), "created", errno);
  }

  std::optional<Error> taken() {
    fresh_.clear();
    taken_ = true;
    sync_folder(place_->folder);
    return std::nullopt;
  }

  const FileWrite& file_;
  std::optional<FilePlace> place_;
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

Result<FilePlace> place_of(const std::string& path) {
  const std::filesystem::path whole(path);
  const std::string name = whole.filename().string();
  if (name.empty() || name == "." || name == "..") return Error{path + ": is a folder; name a file in it"};
  Result<Folder> folder = Folder::open(whole.has_parent_path() ? whole.parent_path().string() : ".");
  if (!folder) return Error{path + ": cannot be written: " + folder.error().message + "; name another place"};
  return FilePlace{std::move(*folder), name};
}

Result<bool> write_over(const FilePlace& place, std::string text) {
  struct stat status {};
  std::optional<FileSignature> there;
  if (fstatat(place.folder.descriptor(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISREG(status.st_mode))
      return Error{place.path() + ": cannot be replaced: this is not a regular file; name another"};
    there = signature_of(status);
  }
  return write_files({{place.folder, place.name, there, std::move(text), true}});
}

void make_folder(const Folder& root, const std::string& name) { mkdirat(root.descriptor(), name.c_str(), 0777); }

FolderLock::FolderLock(const Folder& folder) : fd_(folder.open_to_read()) {
  if (fd_.is_open() && flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) fd_ = Descriptor();
}

}  // namespace emailauth::cli
