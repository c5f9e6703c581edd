#include "policy/report/report_time.h"

#include <array>
#include <vector>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"

namespace emailauth::report {

namespace {

// Reads a decimal number of exactly text.size() digits.
std::optional<int> digits(std::string_view text) {
  int out = 0;
  if (text.empty() || text.size() > 8) return std::nullopt;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

std::optional<Day> checked_day(std::optional<int> year, std::optional<int> month, std::optional<int> day) {
  if (!year || !month || !day || *year < 1970 || *year > 9999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional<Day>(date) : std::nullopt;
}

// "14:00" or "14:00:31": seconds since midnight.
std::optional<std::int64_t> time_of_day(std::string_view text) {
  if ((text.size() != 5 && text.size() != 8) || text[2] != ':') return std::nullopt;
  const auto hour = digits(text.substr(0, 2));
  const auto minute = digits(text.substr(3, 2));
  const auto second = text.size() == 8 && text[5] == ':' ? digits(text.substr(6, 2)) : std::optional<int>(0);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

// "+0200", "-08:00", "EDT": seconds east of Greenwich; unknown names count as UTC (RFC 5322, 4.3).
std::int64_t zone_offset(std::string_view text) {
  struct Zone {
    std::string_view name;
    int hours;
  };
  constexpr Zone kZones[] = {{"edt", -4}, {"est", -5}, {"cdt", -5}, {"cst", -6},
                             {"mdt", -6}, {"mst", -7}, {"pdt", -7}, {"pst", -8}};
  if (text.size() >= 5 && (text[0] == '+' || text[0] == '-')) {
    const auto hours = digits(text.substr(1, 2));
    const auto minutes = digits(text.substr(text[3] == ':' ? 4 : 3, 2));
    const int seconds = hours.value_or(0) * 3600 + minutes.value_or(0) * 60;
    return text[0] == '+' ? seconds : -seconds;
  }
  for (const Zone& zone : kZones) {
    if (equals_ignoring_case(zone.name, text)) return zone.hours * 3600;
  }
  return 0;
}

std::optional<int> month_called(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (equals_ignoring_case(kMonths[i], name.substr(0, 3))) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  constexpr std::string_view kSpace = " \t\r\n,";
  for (std::size_t at = 0; (at = text.find_first_not_of(kSpace, at)) != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 19 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return std::nullopt;
  const auto day = parse_day(text.substr(0, 10));
  const auto time = time_of_day(text.substr(11, 8));
  if (!day || !time) return std::nullopt;
  std::string_view zone = text.substr(19);
  if (zone.starts_with('.')) zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  return begin_of(*day) + *time - zone_offset(zone);
}

std::optional<std::int64_t> parse_mail_date(std::string_view text) {
  std::vector<std::string_view> words = words_of(text);
  if (!words.empty() && !digits(words.front())) words.erase(words.begin());  // the day of the week
  if (words.size() < 4) return std::nullopt;
  auto year = digits(words[2]);
  if (year && *year < 100) *year += *year < 50 ? 2000 : 1900;
  const auto day = checked_day(year, month_called(words[1]), digits(words[0]));
  const auto time = time_of_day(words[3]);
  if (!day || !time) return std::nullopt;
  return begin_of(*day) + *time - zone_offset(words.size() > 4 ? words[4] : "");
}

std::optional<int> parse_day_count(std::string_view text) {
  if (!text.ends_with('d')) return std::nullopt;
  const auto count = digits(text.substr(0, text.size() - 1));
  return count && *count >= 1 && *count <= 36500 ? count : std::nullopt;
}

}  // namespace emailauth::report
