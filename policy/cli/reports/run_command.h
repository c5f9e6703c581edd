// policy/cli/reports/run_command.h - A command of the operator's, run and waited for, but not for ever.
//
// Owns the process and its group. Knows nothing of what the command is for.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::cli {

// Runs the command, without a shell, in a process group of its own, with `text` on its standard input. A command that
// takes longer than `most` is ended with all processes of its group: first asked to (SIGTERM), two seconds later made
// to (SIGKILL). The error says why it cannot be run, how it ended, or that it was ended.
Result<bool> run_command(const std::vector<std::string>& command, const std::string& text, std::chrono::seconds most);

}  // namespace emailauth::cli
