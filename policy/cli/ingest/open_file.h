// policy/cli/ingest/open_file.h - Opens files and folders so that whoever may write there cannot lead us elsewhere.
//
// Owns the rules for files that others deliver: on the way to a path that the caller names, symbolic links count if
// root or the caller's user made them; below a folder no link counts at all, unlike in Folder. Knows nothing about
// reports.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/base/result.h"
#include "policy/folder/folder.h"

namespace emailauth::cli {

enum class Missing : std::uint8_t { is_an_error, is_made };

// The target of a path that the caller names, and its place.
struct NamedPlace {
  Descriptor place;     // for *at() calls and fstat() only (O_PATH)
  Descriptor folder;    // the folder that contains it
  std::string name;     // in `folder`; "" for a folder that is named by ".." or "/"
  struct stat status {  // of `place`
  };
};

// Follows a path. `Missing::is_made` creates missing folders, for their owner only. The error is one line
// without the path.
Result<NamedPlace> follow(const std::string& path, Missing missing = Missing::is_an_error);

// Opens a folder that is in `folder` and is not a link, for reading its entries.
Descriptor open_folder(const Descriptor& folder, const std::string& name);

// Opens a regular file below `folder` for reading, if it has no second name (hard link) and belongs to the owner of the
// folder that contains it. `relative` leads through folders that are not links. The error is one line without the path.
Result<Descriptor> open_below(const Descriptor& folder, std::string_view relative);

// Returns the rest of an open file or pipe. Fails if that is more than `most` octets.
Result<std::string> read_all(const Descriptor& file, std::uint64_t most);

}  // namespace emailauth::cli
