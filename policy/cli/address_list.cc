#include "policy/cli/address_list.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "policy/diagnostic.h"

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

Result<SeenAddress> seen_address(const std::string& text, const SeenAddress& like) {
  const Result<IpAddress> address = IpAddress::parse(text);
  if (!address) return address.error();
  SeenAddress out = like;
  out.address = address->unmapped();
  return out;
}

Result<std::vector<SeenAddress>> read_addresses(const std::string& path, const SeenAddress& like) {
  const Result<std::vector<ListedLine>> lines = read_list(path);
  if (!lines) return lines.error();
  std::vector<SeenAddress> out;
  for (const ListedLine& line : *lines) {
    std::istringstream words(line.text);
    std::string address;
    words >> address;
    Result<SeenAddress> seen = seen_address(address, like);
    if (!seen) return Error{path + ":" + std::to_string(line.number) + ": " + seen.error().message};
    std::string word;
    if (words >> word) seen->helo = word;
    if (words >> word) seen->local_part = word;
    if (words >> word)
      return Error{path + ":" + std::to_string(line.number) + ": " + in_quotes(word) +
                   " is too much; write an address, the HELO, and the local part of the sender"};
    out.push_back(std::move(*seen));
  }
  if (out.empty()) return Error{path + ": holds no address; write one a line"};
  return out;
}

}  // namespace emailauth::cli
