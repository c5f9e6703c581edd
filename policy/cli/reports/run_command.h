// policy/cli/reports/run_command.h - Runs a command of the operator and waits for it, within a time limit.
//
// Owns the process and its group. Knows nothing about the purpose of the command.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::cli {

// Runs the command, without a shell, in its own process group, with `text` on its standard input. A command that takes
// longer than `most` is ended with all processes of its group: by SIGTERM, and two seconds later by SIGKILL. The error
// says why it cannot be run, how it ended, or that it was ended.
Result<bool> run_command(const std::vector<std::string>& command, const std::string& text, std::chrono::seconds most);

}  // namespace emailauth::cli
