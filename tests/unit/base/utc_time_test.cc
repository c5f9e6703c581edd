#include "policy/base/utc_time.h"

#include <doctest/doctest.h>

using namespace emailauth;

TEST_CASE("Day: text and back") {
  for (const char* text : {"1970-01-01", "2024-02-29", "2026-11-22", "2999-12-31", "9999-12-31"}) {
    CAPTURE(text);
    REQUIRE(parse_day(text));
    CHECK(to_string(*parse_day(text)) == text);
  }
}

TEST_CASE("Day: texts that are not days") {
  for (const char* text :
       {"", "2026-11-2", "2026-11-222", "2026/11/22", "2026-02-29", "2026-04-31", "2026-00-10", "2026-13-01",
        "2026-01-00", "2026-01-32", "1969-12-31", "0000-01-01", "2026-1a-01", "a026-01-01", "-026-01-01"}) {
    CAPTURE(text);
    CHECK(!parse_day(text));
  }
}

TEST_CASE("Day: begins at midnight UTC and ends before the next") {
  const Day day = *parse_day("2026-11-20");
  CHECK(to_rfc3339(begin_of(day)) == "2026-11-20T00:00:00Z");
  CHECK(day_of(*parse_rfc3339("2026-11-20T00:00:00Z")) == day);
  CHECK(day_of(*parse_rfc3339("2026-11-20T23:59:59Z")) == day);
  CHECK(day_of(*parse_rfc3339("2026-11-21T00:00:00Z")) != day);
}
