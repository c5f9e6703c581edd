#include "policy/report/report_time.h"

#include <array>
#include <charconv>
#include <vector>

#include "policy/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

// A decimal number of exactly text.size() digits.
std::optional<int> digits(std::string_view text) {
  int out = 0;
  if (text.empty() || text.size() > 8) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

int days_in(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

std::optional<Day> checked_day(std::optional<int> year, std::optional<int> month, std::optional<int> day) {
  if (!year || !month || !day || *year < 1970 || *year > 9999 || *month < 1 || *month > 12) return std::nullopt;
  if (*day < 1 || *day > days_in(*year, *month)) return std::nullopt;
  return to_day(*year, *month, *day);
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

Day day_of(std::int64_t seconds) {
  const std::int64_t day = seconds / kSecondsPerDay;
  return static_cast<Day>(seconds % kSecondsPerDay < 0 ? day - 1 : day);
}

// Both ways: days counted from 0000-03-01, in eras of 400 years.
Day to_day(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400;
  const int of_era = y - era * 400;
  const int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

std::string to_text(Day day) {
  const int z = day + 719468;
  const int era = (z >= 0 ? z : z - 146096) / 146097;
  const int of_era = z - era * 146097;
  const int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int shifted = (5 * of_year + 2) / 153;
  const int date = of_year - (153 * shifted + 2) / 5 + 1;
  const int month = shifted < 10 ? shifted + 3 : shifted - 9;
  const int year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  std::string out = "0000-00-00";
  const auto put = [&out](std::size_t last, int number) {
    for (; number > 0 && last < out.size() && out[last] != '-'; number /= 10, --last)
      out[last] = static_cast<char>('0' + number % 10);
  };
  put(3, year);
  put(6, month);
  put(9, date);
  return out;
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  return checked_day(digits(text.substr(0, 4)), digits(text.substr(5, 2)), digits(text.substr(8, 2)));
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 19 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return std::nullopt;
  const auto day = parse_day(text.substr(0, 10));
  const auto time = time_of_day(text.substr(11, 8));
  if (!day || !time) return std::nullopt;
  std::string_view zone = text.substr(19);
  if (zone.starts_with('.')) zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  return *day * kSecondsPerDay + *time - zone_offset(zone);
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
  return *day * kSecondsPerDay + *time - zone_offset(words.size() > 4 ? words[4] : "");
}

}  // namespace emailauth::report
