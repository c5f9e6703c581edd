// policy/cli/ingest/open_file.h - Files and folders, opened so that whoever may write there leads us nowhere else.
//
// Owns the rules for what others deliver: on the way to a path that the caller names, symbolic links count where root
// or the caller's user made them; below a folder no link counts at all, unlike in Folder. Knows nothing of reports.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/base/result.h"
#include "policy/folder/folder.h"

namespace emailauth::cli {

enum class Missing : std::uint8_t { is_an_error, is_made };

// What a path that the caller names leads to, and where that is.
struct NamedPlace {
  Descriptor place;     // for *at() calls and fstat() only (O_PATH)
  Descriptor folder;    // that holds it
  std::string name;     // in `folder`; "" for a folder that is named by ".." or "/"
  struct stat status {  // of `place`
  };
};

// Follows a path. `Missing::is_made`: folders that are missing are made, for their owner only. The error is one line
// without the path.
Result<NamedPlace> follow(const std::string& path, Missing missing = Missing::is_an_error);

// Opens a folder that is in `folder`, and not a link; for reading its entries.
Descriptor open_folder(const Descriptor& folder, const std::string& name);

// Opens a file below `folder` for reading: a regular one, that has no second name (hard link), and belongs to the owner
// of the folder it is in. `relative` names it by folders that are not links. The error is one line without the path.
Result<Descriptor> open_below(const Descriptor& folder, std::string_view relative);

// All that is left of an open file, or comes through a pipe; the error says so when that is more than `most` octets.
Result<std::string> read_all(const Descriptor& file, std::uint64_t most);

}  // namespace emailauth::cli
