// policy/cli/help/renamed_options.h - Options that have another name now, so that whoever writes the old name learns
// the new one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/base/result.h"
#include "policy/cli/help/command_tree.h"

namespace emailauth::cli {

// Looks for spellings of version 0.1.0 among the program's `words`: options, and the policy directory that some
// commands took as a word of its own. The error names the new spelling. Returns nullopt if all words are of today.
std::optional<Error> renamed_option(const Command& root, const std::vector<std::string>& words);

}  // namespace emailauth::cli
