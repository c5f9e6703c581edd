// policy/cli/help/roff.h - Text for manual pages.
#pragma once

#include <string>
#include <string_view>

namespace emailauth::cli {

// Returns text in which nothing is a request or an escape of roff.
std::string roff(std::string_view text);

// Returns the head of a page: title and NAME. `name` is "emailauth-check", `section` "1".
std::string roff_head(std::string_view name, std::string_view section, std::string_view what);

}  // namespace emailauth::cli
