// policy/cli/reports/show_output.h - An authentication report as text, JSON, CSV and HTML.
//
// Owns the wording; counts nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "policy/analysis/authentication_report.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

Shown to_text(const report::AuthenticationReport& report);
nlohmann::ordered_json to_json(const report::AuthenticationReport& report);
// Returns RFC 4180, one line per source and day.
Shown to_csv(const report::AuthenticationReport& report);
// Returns one page that needs nothing else: no script, no picture, no font from elsewhere.
std::string to_html(const report::AuthenticationReport& report);

// Returns "1,234,567".
std::string grouped(std::uint64_t number);
// Returns the text for a window without messages.
std::string nothing_reported(const report::AuthenticationReport& report);
// Returns remarks about a source, "not in the policy, new since 2025-08-04"; may be "".
std::string remarks_of(const report::SourceReport& source);
// Returns why messages fail, most frequent first: "no DKIM signature (120)".
std::vector<std::string> reasons_of(const report::SourceReport& source);

}  // namespace emailauth::cli
