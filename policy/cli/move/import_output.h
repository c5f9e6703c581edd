// policy/cli/move/import_output.h - What an import could not keep, for people and machines.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "policy/cli/terminal/shown.h"
#include "policy/import/import.h"

namespace emailauth::cli {

// Returns the notes, one paragraph each, and a line that counts them.
Shown to_text(const importing::Import& import, const std::string& domain);

// Returns {"policy": …, "complete": …, "notes": [ … ]}.
nlohmann::ordered_json to_json(const importing::Import& import);

}  // namespace emailauth::cli
