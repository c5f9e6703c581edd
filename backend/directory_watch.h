// backend/directory_watch.h - Notices when something in a directory tree changes.
//
// Owns inotify watches on every folder and on the path to the tree, and knows where inotify misses changes: there, no
// events arrive, and callers must also poll. One thread uses it.
#pragma once

#include <chrono>
#include <set>
#include <string>

namespace emailauth::pdns {

class DirectoryWatch {
 public:
  explicit DirectoryWatch(std::string path);
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  // Watches folders that are new. Returns true if there were any: earlier changes in them caused no event, so the
  // caller must look at the tree once more.
  bool refresh();

  // Returns true if wait() notices every change of a file's content or name in the tree: each folder has a watch, and
  // is on a file system that changes only through this machine's kernel. Returns false for NFS, FUSE, overlays and the
  // like.
  bool tells_everything() const { return complete_; }

  // Returns true as soon as something has changed and nothing more for a moment (100 ms, but not longer than a second);
  // false after `timeout`.
  bool wait(std::chrono::milliseconds timeout);

 private:
  bool add(const std::string& folder, int depth);
  bool poll(std::chrono::milliseconds timeout) const;
  bool drain();

  std::string path_;
  int fd_ = -1;
  int parent_ = -1;        // the watch on the folder that contains path_
  std::set<int> watches_;  // on the folders of the tree
  bool complete_ = false;
};

// Returns how long to wait until the whole tree is looked at again without an event, if the last look took `cost` of
// processor time. Looks take at most a hundredth of one core. `told` says that changes cause events, so that a look
// finds one only where the kernel itself cannot know, such as a file system that was mounted over a folder.
std::chrono::milliseconds pause_between_looks(std::chrono::nanoseconds cost, bool told);

}  // namespace emailauth::pdns
