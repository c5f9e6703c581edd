// policy/cli/check/check_output.h - A report of `emailauth check`, for a person and for scripts.
//
// Owns the wording around findings; decides nothing.
#pragma once

#include <nlohmann/json.hpp>

#include "policy/check/check.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

// Grouped by what the records are for: first what is there, then what is wrong with it.
Shown to_text(const check::DomainReport& report);
nlohmann::ordered_json to_json(const check::DomainReport& report);

// One finding, as a compiler would say it: four lines, indented by two spaces.
Shown to_text(const check::Finding& finding);
nlohmann::ordered_json to_json(const check::Finding& finding);

// "2 errors, 1 warning, 1 piece of advice", or "nothing found".
Shown summary(const check::Findings& findings);

// What can be found, as a table: name, severity, reference.
Shown list_of_findings();

// The same for `emailauth bimi check`.
Shown list_of_bimi_findings();

}  // namespace emailauth::cli
