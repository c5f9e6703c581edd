#include "policy/report/report_time.h"

#include <doctest/doctest.h>

namespace emailauth::report {

TEST_CASE("days: both ways, over leap years and centuries") {
  struct Case {
    const char* text;
    Day day;
  };
  const Case cases[] = {{"1970-01-01", 0},     {"2000-02-29", 11016}, {"2000-03-01", 11017},
                        {"2026-11-22", 20779}, {"2100-02-28", 47540}, {"2100-03-01", 47541}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(parse_day(c.text) == c.day);
    CHECK(to_text(c.day) == c.text);
  }
  for (Day day = 0; day < 60000; ++day) REQUIRE(parse_day(to_text(day)) == day);
  for (const char* bad : {"", "2026-2-01", "2026-02-29", "2026-13-01", "2026-00-10", "26-01-01", "2026-01-01x"})
    CHECK(!parse_day(bad));
  CHECK(day_of(-1) == -1);
  CHECK(day_of(86399) == 0);
}

TEST_CASE("timestamps and dates of mails") {
  CHECK(parse_timestamp("1970-01-02T00:00:00Z") == 86400);
  CHECK(parse_timestamp(" 1970-01-01T02:00:00.123+02:00") == 0);
  CHECK(parse_timestamp("1970-01-01 00:00:01") == 1);
  for (const char* bad : {"", "1970-01-01", "1970-01-01T25:00:00Z", "1970-01-01X00:00:00Z"})
    CHECK(!parse_timestamp(bad));
  CHECK(parse_mail_date("Thu, 8 Mar 2005 14:00:00 EDT") == 1110304800);
  CHECK(parse_mail_date("8 Oct 2011 20:15:58 +0000 (GMT)") == 1318104958);
  CHECK(parse_mail_date("Wed, 14 Apr 2010 12:15:31 -0700 (PDT)") == 1271272531);
  CHECK(parse_mail_date("1 Jan 70 00:00") == 0);
  for (const char* bad : {"", "yesterday", "Thu, 32 Mar 2005 14:00:00", "8 Foo 2005 14:00:00"})
    CHECK(!parse_mail_date(bad));
}

}  // namespace emailauth::report
