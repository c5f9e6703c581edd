#include "policy/cli/list_file.h"

#include <fstream>
#include <iostream>

namespace emailauth::cli {

Result<std::vector<ListedLine>> read_list(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path);
  std::istream& in = path == "-" ? std::cin : file;
  std::vector<ListedLine> out;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos || line[begin] == '#') continue;
    out.push_back({line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1), number});
  }
  if (in.bad() || (path != "-" && !file.is_open())) return Error{path + ": cannot be read"};
  return out;
}

}  // namespace emailauth::cli
