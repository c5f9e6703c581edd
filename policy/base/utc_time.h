// policy/base/utc_time.h - Days and times in UTC, as policy files write them.
//
// Owns the text forms, and nothing else: what the time is now is always told by
// the caller.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emailauth {

// A day begins at 00:00 UTC.
using Day = std::chrono::sys_days;
using Days = std::chrono::days;

// "2026-05-01"; nothing for another form, for days that do not exist, and before 1970.
std::optional<Day> parse_day(std::string_view text);
std::string to_string(Day day);

// Seconds since 1970 when the day begins.
std::int64_t begin_of(Day day);
// The day that a second (since 1970) lies in.
Day day_of(std::int64_t time);

// "2026-11-20T06:00:00Z" (RFC 3339) and seconds since 1970; nothing when it is another form.
std::string to_rfc3339(std::int64_t time);
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace emailauth
