#include "backend/directory_watch.h"

#include <dirent.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <thread>

namespace emailauth::pdns {

namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
constexpr milliseconds kQuiet{100};
constexpr milliseconds kLongest{1000};
constexpr int kMaxDepth = 8;

// File systems on local disks or in memory: only this kernel changes them. Those that linux/magic.h does not define are
// written as numbers.
constexpr std::uint32_t kLocal[] = {
    EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,      BTRFS_SUPER_MAGIC,    F2FS_SUPER_MAGIC,          TMPFS_MAGIC, RAMFS_MAGIC,
    SQUASHFS_MAGIC,   REISERFS_SUPER_MAGIC, 0x2FC12FC1 /* ZFS */, 0xCA451A4E /* bcachefs */, 0x3153464A /* JFS */};

bool is_local(const std::string& folder) {
  struct statfs status {};
  if (statfs(folder.c_str(), &status) != 0) return false;
  const auto type = static_cast<std::uint32_t>(status.f_type);
  return std::find(std::begin(kLocal), std::end(kLocal), type) != std::end(kLocal);
}

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

DirectoryWatch::DirectoryWatch(std::string path)
    : path_(without_slashes(std::move(path))), fd_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  refresh();
}

DirectoryWatch::~DirectoryWatch() {
  if (fd_ >= 0) close(fd_);
}

bool DirectoryWatch::refresh() {
  if (fd_ < 0) return false;
  // The directory may be a link that is switched, or be created again.
  parent_ = inotify_add_watch(fd_, parent_of(path_).c_str(), IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
  complete_ = parent_ >= 0;
  return add(path_, 0);
}

// Adding a watch that is already there changes nothing.
bool DirectoryWatch::add(const std::string& folder, int depth) {
  const int watch = inotify_add_watch(fd_, folder.c_str(), kEvents);
  complete_ = complete_ && watch >= 0 && is_local(folder);
  if (watch < 0) return false;
  bool is_new = watches_.insert(watch).second;
  if (depth >= kMaxDepth) return is_new;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(folder.c_str()), closedir);
  if (!directory) return is_new;
  while (const dirent* entry = readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    if (entry->d_type != DT_DIR && entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN) continue;
    const std::string path = folder + "/" + entry->d_name;
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) is_new = add(path, depth + 1) || is_new;
  }
  return is_new;
}

bool DirectoryWatch::poll(milliseconds timeout) const {
  if (fd_ < 0) {
    std::this_thread::sleep_for(timeout);
    return false;
  }
  pollfd entry{fd_, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(timeout.count())) > 0;
}

// Takes the events that have arrived. Returns false if none of them is about the tree.
bool DirectoryWatch::drain() {
  const std::string_view own_name = std::string_view(path_).substr(path_.find_last_of('/') + 1);
  bool matters = false;
  alignas(inotify_event) std::array<char, 16384> buffer{};
  for (ssize_t got = 0; (got = read(fd_, buffer.data(), buffer.size())) > 0;) {
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      if ((event.mask & IN_IGNORED) != 0) watches_.erase(event.wd);
      const bool beside = event.wd == parent_ && watches_.count(event.wd) == 0;
      if (!beside || std::string_view(name, strnlen(name, event.len)) == own_name) matters = true;
    }
  }
  return matters;
}

bool DirectoryWatch::wait(milliseconds timeout) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto end = now() + timeout;
  do {
    const auto left = std::chrono::duration_cast<milliseconds>(end - now());
    if (!poll(std::max(left, milliseconds(0)))) return false;
  } while (!drain());
  for (const auto latest = now() + kLongest; poll(kQuiet) && now() < latest;) drain();
  refresh();
  return true;
}

milliseconds pause_between_looks(std::chrono::nanoseconds cost, bool told) {
  constexpr int kShare = 100;
  const auto pause = std::chrono::duration_cast<milliseconds>(cost * kShare);
  return told ? std::clamp<milliseconds>(2 * pause, std::chrono::seconds(60), std::chrono::minutes(10))
              : std::clamp<milliseconds>(pause, std::chrono::seconds(2), std::chrono::minutes(2));
}

}  // namespace emailauth::pdns
