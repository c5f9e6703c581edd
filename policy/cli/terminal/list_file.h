// policy/cli/terminal/list_file.h - Files that list something, one a line.
#pragma once

#include <string>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::cli {

// A line that says something, without white space around it.
struct ListedLine {
  std::string text;
  int number = 0;  // from 1
};

// Empty lines and those that begin with "#" are skipped; "-" is standard input. The error names
// the file.
Result<std::vector<ListedLine>> read_list(const std::string& path);

}  // namespace emailauth::cli
