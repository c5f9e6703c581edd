// policy/cli/terminal/json_output.h - JSON as the program prints it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

// Returns JSON with two spaces per level, and without a final line end. Characters that must not be shown are escaped
// in strings ("\u202e"); octets that are not UTF-8 become U+FFFD.
Shown shown_json(const nlohmann::ordered_json& json);

}  // namespace emailauth::cli
