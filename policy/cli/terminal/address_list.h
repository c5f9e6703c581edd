// policy/cli/terminal/address_list.h - Lists of addresses that were seen sending.
//
// Owns the form of such files: one address per line, optionally with the HELO and the local
// part that it was seen with; empty lines and lines that begin with "#" are skipped.
#pragma once

#include <string>
#include <vector>

#include "policy/base/result.h"
#include "policy/net/seen_address.h"

namespace emailauth::cli {

// `like` has the HELO and local part for lines without them. "-" is standard input. The
// error names file and line.
Result<std::vector<SeenAddress>> read_addresses(const std::string& path, const SeenAddress& like);

// The same for one address in an option.
Result<SeenAddress> seen_address(const std::string& text, const SeenAddress& like);

}  // namespace emailauth::cli
