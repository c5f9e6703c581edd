// policy/cli/reports/html_parts.h - The parts of the HTML report: text, style, charts.
//
// Owns escaping and the drawing of SVG. Every chart has a title and a description for
// people who do not see it. Knows nothing about sources.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/analysis/authentication_report.h"

namespace emailauth::cli {

// Escapes text for element content and attribute values in double quotes.
std::string html_escape(std::string_view text);

// Returns the style sheet: light and dark, on a phone, on paper.
std::string_view html_style();

// Draws bars of passed and failed messages; at most 120, each of one or more whole days.
std::string day_chart(const std::vector<report::DayVolume>& days, Day since, Day until);

// Draws a bar filled in proportion to the messages that pass.
std::string pass_bar(const report::Volume& volume);

// Draws the course of one source at the height of a line.
std::string spark_line(const std::vector<report::DayVolume>& days, Day since, Day until);

}  // namespace emailauth::cli
