// policy/cli/terminal/list_file.h - Files that list something, one item per line.
#pragma once

#include <string>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::cli {

// A line with an item, without surrounding white space.
struct ListedLine {
  std::string text;
  int number = 0;  // from 1
};

// Reads all items. Skips empty lines and lines that begin with "#"; "-" is standard input. The error names
// the file.
Result<std::vector<ListedLine>> read_list(const std::string& path);

}  // namespace emailauth::cli
