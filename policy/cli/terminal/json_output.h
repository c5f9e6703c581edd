// policy/cli/terminal/json_output.h - JSON as the program prints it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

// Two spaces for each level, and no line end behind it. What must not be shown is escaped in
// strings ("\u202e"); octets that are not UTF-8 become U+FFFD.
Shown shown_json(const nlohmann::ordered_json& json);

}  // namespace emailauth::cli
