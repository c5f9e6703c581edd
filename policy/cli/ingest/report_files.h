// policy/cli/ingest/report_files.h - The files in the places where reports arrive.
//
// Owns which files of a folder, or of a Maildir, are read. Knows nothing about their content.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "policy/cli/ingest/open_file.h"

namespace emailauth::cli {

// A file that could not be read.
struct Fault {
  std::string place;   // "reports/x.zip: y.xml"
  std::string reason;  // what, and what to do
};

// A file that was found; any thread may open it later. Its folder stays the one that was found, whatever happens to the
// path meanwhile.
class FoundFile {
 public:
  FoundFile(std::shared_ptr<const Descriptor> folder, std::string relative, std::string path)
      : folder_(std::move(folder)), relative_(std::move(relative)), path_(std::move(path)) {}

  // Its name in messages.
  const std::string& path() const { return path_; }
  // Its name without folders.
  std::string name() const { return relative_.substr(relative_.rfind('/') + 1); }
  // Opens it by the rules of open_below().
  Result<Descriptor> open() const { return open_below(*folder_, relative_); }

 private:
  std::shared_ptr<const Descriptor> folder_;
  std::string relative_;
  std::string path_;
};

// Returns the files that `paths` stand for: walks through folders, in Maildirs only through delivered mail, and never
// through hidden files. A path that does not exist is a fault, and so is a link or a device in a folder.
std::vector<FoundFile> files_below(const std::vector<std::string>& paths,
                                   const std::function<void(Fault fault)>& fault);

}  // namespace emailauth::cli
