// backend/directory_watch.h - Tells when something in a directory tree changes.
//
// inotify on every folder and on what leads to it. Where inotify does not work
// (network file systems), nothing is told: look now and then. One thread uses it.
#pragma once

#include <chrono>
#include <string>

namespace emailauth::pdns {

class DirectoryWatch {
 public:
  explicit DirectoryWatch(std::string path);
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  // Watches folders that have come since; cheap when there are none.
  void refresh();

  // True as soon as something changed, and it has been quiet for a moment (100
  // ms, but not longer than a second); false after `timeout`.
  bool wait(std::chrono::milliseconds timeout);

 private:
  void add(const std::string& folder, int depth);
  bool poll(std::chrono::milliseconds timeout) const;
  void drain() const;

  std::string path_;
  int fd_ = -1;
};

}  // namespace emailauth::pdns
