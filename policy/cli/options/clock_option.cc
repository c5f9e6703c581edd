#include <CLI/CLI.hpp>

#include "policy/cli/terminal/clock.h"

namespace emailauth::cli {

CLI::Option* add_at(CLI::App& command, std::string& at) {
  return command.add_option("--at", at,
                            "Work as on this day, or at this time (UTC): 2026-05-01 or 2026-05-01T06:00:00Z");
}

}  // namespace emailauth::cli
