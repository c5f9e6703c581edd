#include "policy/cli/terminal/list_file.h"

#include <fstream>
#include <iostream>

#include "policy/base/text.h"

namespace emailauth::cli {

Result<std::vector<ListedLine>> read_list(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path);
  std::istream& in = path == "-" ? std::cin : file;
  std::vector<ListedLine> out;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::string_view said = trimmed(line);
    if (!said.empty() && said.front() != '#') out.push_back({std::string(said), number});
  }
  if (in.bad() || (path != "-" && !file.is_open())) return Error{path + ": cannot be read"};
  return out;
}

}  // namespace emailauth::cli
