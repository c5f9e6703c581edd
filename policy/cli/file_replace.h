// policy/cli/file_replace.h - Files are replaced and created in one step: a reader, or a
// loss of power, meets the old text or the new one, never a part.
//
// Owns what a signal, a full disk or another writer may do meanwhile. Knows nothing
// of what the files hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/policy_file.h"
#include "policy/result.h"

namespace emailauth::cli {

struct FileWrite {
  std::string root;                   // a folder, without links
  std::string relative;               // below it; a link is followed, and what it leads to is replaced
  std::optional<FileSignature> read;  // of the text that was read; none: the file must not be there yet
  std::string text;
};

// Writes all of them or none. Keeps mode, owner and group; a new file gets those of its
// folder's user and mode 0644. Refuses when a file was changed since it was read. Signals that end the program wait
// until it is done, so that nothing half written is left. The error is one line.
Result<bool> write_files(const std::vector<FileWrite>& files);

// Held while files of a folder are replaced: a second program must wait.
class FolderLock {
 public:
  // Not taken (holds() is false) when another process has it.
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool holds() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace emailauth::cli
