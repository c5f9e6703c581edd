// policy/cli/ingest/set_aside_folder.h - The folder that gets copies of files that could not be read.
//
// Owns their names and that nothing outside the folder is ever written. Knows nothing of why a file is set aside.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "policy/cli/ingest/open_file.h"

namespace emailauth::cli {

class SetAsideFolder {
 public:
  // Makes the folder, for its owner only, where it is not there. The error has the path and says what to do.
  static Result<std::unique_ptr<SetAsideFolder>> open(const std::string& path);

  // Copies what is in the open file, as `name` with mode 0600. Another file of that name is never written to nor
  // followed: where it has the same content it is the copy, else the name gets a number. The error is as of open(). Any
  // thread.
  Result<bool> copy(const Descriptor& file, const std::string& name);

 private:
  SetAsideFolder(std::string path, Descriptor folder) : path_(std::move(path)), folder_(std::move(folder)) {}
  Error failed(int number) const;

  const std::string path_;
  const Descriptor folder_;
  std::mutex mutex_;
};

}  // namespace emailauth::cli
