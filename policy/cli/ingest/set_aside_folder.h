// policy/cli/ingest/set_aside_folder.h - The folder that gets copies of files that could not be read.
//
// Owns their names, and that nothing outside the folder is ever written. Knows nothing about why a file is set aside.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "policy/cli/ingest/open_file.h"

namespace emailauth::cli {

class SetAsideFolder {
 public:
  // Creates the folder, for its owner only, if it is missing. The error has the path and says what to do.
  static Result<std::unique_ptr<SetAsideFolder>> open(const std::string& path);

  // Copies the content of the open file, as `name` with mode 0600. Never writes to another file of that name or follows
  // it: if that file has the same content it is the copy, otherwise the name gets a number. Fails as open() does. Any
  // thread may call it.
  Result<bool> copy(const Descriptor& file, const std::string& name);

 private:
  SetAsideFolder(std::string path, Descriptor folder) : path_(std::move(path)), folder_(std::move(folder)) {}
  Error failed(int number) const;

  const std::string path_;
  const Descriptor folder_;
  std::mutex mutex_;
};

}  // namespace emailauth::cli
