#include "backend/directory_watch.h"

#include <dirent.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <thread>

namespace emailauth::pdns {

namespace {

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
constexpr std::chrono::milliseconds kQuiet{100};
constexpr std::chrono::milliseconds kLongest{1000};
constexpr int kMaxDepth = 8;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/', path.find_last_not_of('/'));
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

DirectoryWatch::DirectoryWatch(std::string path)
    : path_(std::move(path)), fd_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  refresh();
}

DirectoryWatch::~DirectoryWatch() {
  if (fd_ >= 0) close(fd_);
}

void DirectoryWatch::refresh() {
  if (fd_ < 0) return;
  // The directory may be a link that is switched, or be made anew.
  inotify_add_watch(fd_, parent_of(path_).c_str(), IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
  add(path_, 0);
}

// Adding a watch that is there already changes nothing.
void DirectoryWatch::add(const std::string& folder, int depth) {
  if (inotify_add_watch(fd_, folder.c_str(), kEvents) < 0 || depth >= kMaxDepth) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(folder.c_str()), closedir);
  if (!directory) return;
  while (const dirent* entry = readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    if (entry->d_type != DT_DIR && entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN) continue;
    const std::string path = folder + "/" + entry->d_name;
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) add(path, depth + 1);
  }
}

bool DirectoryWatch::poll(std::chrono::milliseconds timeout) const {
  if (fd_ < 0) {
    std::this_thread::sleep_for(timeout);
    return false;
  }
  pollfd entry{fd_, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(timeout.count())) > 0;
}

void DirectoryWatch::drain() const {
  alignas(inotify_event) std::array<char, 16384> events{};
  while (read(fd_, events.data(), events.size()) > 0) {
  }
}

bool DirectoryWatch::wait(std::chrono::milliseconds timeout) {
  if (!poll(timeout)) return false;
  const auto latest = std::chrono::steady_clock::now() + kLongest;
  do {
    drain();
  } while (poll(kQuiet) && std::chrono::steady_clock::now() < latest);
  refresh();
  return true;
}

}  // namespace emailauth::pdns
