// policy/report/report_time.h - The forms of time that reports and commands carry.
//
// Owns calendar arithmetic (proleptic Gregorian, UTC). Knows nothing of clocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emailauth::report {

inline constexpr std::int64_t kSecondsPerDay = 86400;

// A day, counted from 1970-01-01.
using Day = std::int32_t;

Day day_of(std::int64_t seconds);  // UTC
Day to_day(int year, int month, int day);

// "2026-05-17".
std::string to_text(Day day);
std::optional<Day> parse_day(std::string_view text);

// RFC 3339: "2016-04-01T00:00:00Z", "…+02:00", fractions allowed; a missing zone is UTC.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// The date of a mail (RFC 5322, 3.3, and the obsolete zones of 4.3): "Thu, 8 Mar 2005 14:00:00 EDT".
std::optional<std::int64_t> parse_mail_date(std::string_view text);

}  // namespace emailauth::report
