// policy/base/utc_time.h - Days and times in UTC, as policy files write them.
//
// Owns the text forms and nothing else: the caller always passes the current time.
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

// Parses "2026-05-01". Returns nullopt for any other form, for days that do not exist, and for days before 1970.
std::optional<Day> parse_day(std::string_view text);
std::string to_string(Day day);

// Returns the second, since 1970, at which the day begins.
std::int64_t begin_of(Day day);
// Returns the day that contains a second (since 1970).
Day day_of(std::int64_t time);

// "2026-11-20T06:00:00Z" (RFC 3339) and seconds since 1970. Parsing returns nullopt for any other form.
std::string to_rfc3339(std::int64_t time);
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace emailauth
