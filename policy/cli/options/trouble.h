// policy/cli/options/trouble.h - Exit statuses, and the line that says why a command failed.
#pragma once

#include <string_view>

namespace emailauth::cli {

inline constexpr int kFine = 0;      // done, nothing to report
inline constexpr int kFindings = 1;  // done, and there is something to fix
inline constexpr int kTrouble = 2;   // wrong usage, or a file or network that failed

// Writes "emailauth <command>: <message>" to standard error, and returns kTrouble. `command` is what follows the
// program's name, such as "dkim new".
int trouble(std::string_view command, std::string_view message);

}  // namespace emailauth::cli
