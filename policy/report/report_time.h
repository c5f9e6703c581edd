// policy/report/report_time.h - Forms of time in reports and commands, besides those of utc_time.h.
//
// Knows nothing about clocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/base/utc_time.h"

namespace emailauth::report {

// RFC 3339: "2016-04-01T00:00:00Z", "…+02:00", fractions allowed; a missing zone is UTC.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// The date of a mail (RFC 5322, 3.3, and the obsolete zones of 4.3): "Thu, 8 Mar 2005 14:00:00 EDT".
std::optional<std::int64_t> parse_mail_date(std::string_view text);

// "90d" is 90: 1 to 36500.
std::optional<int> parse_day_count(std::string_view text);

}  // namespace emailauth::report
