#include "policy/base/utc_time.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace emailauth {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t begin, std::size_t size) {
    unsigned out = 0;
    for (const char c : text.substr(begin, size)) {
      if (c < '0' || c > '9') return 0U;  // which is not a month or day, and too early a year
      out = out * 10 + static_cast<unsigned>(c - '0');
    }
    return out;
  };
  const unsigned year = number(0, 4);
  const year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(number(5, 2)),
                            std::chrono::day(number(8, 2))};
  if (year < 1970 || !date.ok()) return std::nullopt;
  return Day(date);
}

std::string to_string(Day day) { return to_rfc3339(begin_of(day)).substr(0, 10); }

std::int64_t begin_of(Day day) { return sys_seconds(day).time_since_epoch().count(); }

Day day_of(std::int64_t time) { return floor<days>(sys_seconds(seconds(time))); }

std::string to_rfc3339(std::int64_t time) {
  const std::time_t clock = time;
  std::tm parts{};
  gmtime_r(&clock, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text.data(), size);
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const std::int64_t time = timegm(&parts);
  if (to_rfc3339(time) != text) return std::nullopt;  // "2026-1-20", "2026-02-30": strptime() accepts them
  return time;
}

}  // namespace emailauth
