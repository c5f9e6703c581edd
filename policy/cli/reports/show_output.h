// policy/cli/reports/show_output.h - An authentication report as text, JSON, CSV and HTML.
//
// Owns the words; counts nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "policy/analysis/authentication_report.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

Shown to_text(const report::AuthenticationReport& report);
nlohmann::ordered_json to_json(const report::AuthenticationReport& report);
// RFC 4180, one line for each source and day.
Shown to_csv(const report::AuthenticationReport& report);
// One page that needs nothing else: no script, no picture, no font of anybody.
std::string to_html(const report::AuthenticationReport& report);

// "1,234,567".
std::string grouped(std::uint64_t number);
// What to say of a window without messages.
std::string nothing_reported(const report::AuthenticationReport& report);
// "not in the policy, new since 2025-08-04": what is to be said of a source; may be "".
std::string remarks_of(const report::SourceReport& source);
// Why messages fail, most frequent first: "no DKIM signature (120)".
std::vector<std::string> reasons_of(const report::SourceReport& source);

}  // namespace emailauth::cli
