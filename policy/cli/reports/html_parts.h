// policy/cli/reports/html_parts.h - What the HTML report is made of: text, style, charts.
//
// Owns escaping and the drawing of SVG. Every chart has a title and a description for
// those who do not see it. Knows nothing of sources.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/analysis/authentication_report.h"

namespace emailauth::cli {

// Text for element content and attribute values in double quotes.
std::string html_escape(std::string_view text);

// The style sheet: light and dark, on a phone, on paper.
std::string_view html_style();

// Bars of passed and failed messages; at most 120, each of one or more whole days.
std::string day_chart(const std::vector<report::DayVolume>& days, Day since, Day until);

// A bar that is filled as far as messages pass.
std::string pass_bar(const report::Volume& volume);

// The course of one source in a line's height.
std::string spark_line(const std::vector<report::DayVolume>& days, Day since, Day until);

}  // namespace emailauth::cli
