// policy/cli/terminal/clock.h - The time that a command uses: --at, or now.
#pragma once

#include <cstdint>
#include <string>

#include "policy/base/result.h"
#include "policy/base/utc_time.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace emailauth::cli {

// Returns seconds since 1970.
std::int64_t now();

// Reads `at` as a day (its beginning) or a time; returns now() if it is empty.
Result<std::int64_t> time_at(const std::string& at);

// Adds --at to a command that reads policies.
CLI::Option* add_at(CLI::App& command, std::string& at);

}  // namespace emailauth::cli
