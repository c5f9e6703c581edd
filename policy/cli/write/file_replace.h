// policy/cli/write/file_replace.h - Replaces and creates files in one step: a reader, or a
// loss of power, sees the old text or the new one, never a part.
//
// Owns what a signal, a full disk, another writer or a hostile owner of the folder may do meanwhile: everything
// is done relative to descriptors of the folders (policy/folder/folder.h), so that nothing outside is ever written,
// whatever is exchanged. Knows nothing about the content of the files.
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
  std::string relative;               // beneath it; a link that stays there is followed, and its target is replaced
  std::optional<FileSignature> read;  // of the text that was read; nullopt: the file must not exist yet
  std::string text;
  bool by_umask = false;  // for a new file: the umask decides the mode, which is otherwise 0644
};

// Writes all of them or none. Replaces exactly the file that was read: a text never reaches a file that more people can
// read. Keeps mode, owner, group and access list; other names of the file (hard links) keep the old text. A new file
// belongs to the caller. Refuses if a file has changed since it was read. Signals that end the program wait until it is
// done, so that nothing is left half written. The error is one line.
Result<bool> write_files(const std::vector<FileWrite>& files);

// Returns the place of a file that the user names by its path: its folder, held open from here on. The error is one
// line.
Result<FilePlace> place_of(const std::string& path);

// Writes a file of any kind: replaces an existing regular file as above, and gives a new one the mode that the umask
// leaves. Refuses links, devices and folders, so that a folder of others leads nowhere else. The error is one line.
Result<bool> write_over(const FilePlace& place, std::string text);

// Creates a folder in `root` if it is missing. If it cannot be created, creating the file in it will fail, too.
void make_folder(const Folder& root, const std::string& name);

// Held while files of a folder are replaced: a second program must wait.
class FolderLock {
 public:
  // If another process has it, it is not taken, and holds() is false.
  explicit FolderLock(const Folder& folder);
  bool holds() const { return fd_.is_open(); }

 private:
  Descriptor fd_;
};

}  // namespace emailauth::cli
