// policy/cli/check/check_output.h - A report of `emailauth check`, for people and for scripts.
//
// Owns the wording around findings; decides nothing.
#pragma once

#include <nlohmann/json.hpp>

#include "policy/check/check.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

// Returns the report grouped by the purpose of the records: first what is published, then what is wrong with it.
Shown to_text(const check::DomainReport& report);
nlohmann::ordered_json to_json(const check::DomainReport& report);

// Returns one finding in the form of a compiler's message: four lines, indented by two spaces.
Shown to_text(const check::Finding& finding);
nlohmann::ordered_json to_json(const check::Finding& finding);

// Returns "2 errors, 1 warning, 1 piece of advice", or "nothing found".
Shown summary(const check::Findings& findings);

// Returns all possible findings as a table: name, severity, reference.
Shown list_of_findings();

// The same for `emailauth bimi check`.
Shown list_of_bimi_findings();

}  // namespace emailauth::cli
