#include "policy/report/report_time.h"

#include <doctest/doctest.h>

namespace emailauth::report {

TEST_CASE("numbers of days") {
  CHECK(parse_day_count("1d") == 1);
  CHECK(parse_day_count("36500d") == 36500);
  for (const char* bad : {"", "d", "0d", "36501d", "-1d", "90", "90 d", "3m", "99999999999d"})
    CHECK(!parse_day_count(bad));
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
