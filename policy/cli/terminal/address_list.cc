#include "policy/cli/terminal/address_list.h"

#include <sstream>

#include "policy/base/diagnostic.h"
#include "policy/cli/terminal/list_file.h"

namespace emailauth::cli {

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
  if (out.empty()) return Error{path + ": contains no address; write one per line"};
  return out;
}

}  // namespace emailauth::cli
