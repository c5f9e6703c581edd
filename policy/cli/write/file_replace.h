// policy/cli/write/file_replace.h - Files are replaced and created in one step: a reader, or a
// loss of power, meets the old text or the new one, never a part.
//
// Owns what a signal, a full disk, another writer or a hostile owner of the folder may do meanwhile: everything
// is done relative to descriptors of the folders (policy/folder/folder.h), so that nothing outside is ever written,
// whatever is exchanged for what. Knows nothing of what the files hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/files/policy_file.h"
#include "policy/folder/folder.h"

namespace emailauth::cli {

struct FileWrite {
  Folder root;
  std::string relative;  // beneath it; a link that stays there is followed, and what it leads to is replaced
  std::optional<FileSignature> read;  // of the text that was read; none: the file must not exist yet
  std::string text;
  bool by_umask = false;  // of a new file: the mode is what the umask leaves, not 0644
};

// Writes all of them or none. What is replaced is the very file that was read: a text never reaches a file that more
// people can read. Mode, owner, group and access list stay; other names of the file (hard links) keep the old text. A
// new file belongs to the caller. Refuses when a file was changed since it was read. Signals that end the program wait
// until it is done, so that nothing half written is left. The error is one line.
Result<bool> write_files(const std::vector<FileWrite>& files);

// Where a file goes that the user names by its path: its folder, held open from here on. The error is one line.
Result<FilePlace> place_of(const std::string& path);

// Writes a file of any kind: a regular one that exists is replaced as above, a new one gets the mode that the umask
// leaves. Refuses links, devices and folders, so that a folder of others leads nowhere else. The error is one line.
Result<bool> write_over(const FilePlace& place, std::string text);

// Makes a folder in `root`. Does nothing where there is one; where it cannot be made, the file in it cannot either.
void make_folder(const Folder& root, const std::string& name);

// Held while files of a folder are replaced: a second program must wait.
class FolderLock {
 public:
  // Not taken (holds() is false) when another process has it.
  explicit FolderLock(const Folder& folder);
  bool holds() const { return fd_.is_open(); }

 private:
  Descriptor fd_;
};

}  // namespace emailauth::cli
