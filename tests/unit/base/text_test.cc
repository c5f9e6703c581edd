#include "policy/base/text.h"

#include <doctest/doctest.h>

using namespace emailauth;

TEST_CASE("text: letters are ASCII's, and no octet is another") {
  int letters = 0, digits = 0;
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    letters += is_alpha(c) ? 1 : 0;
    digits += is_digit(c) ? 1 : 0;
    CHECK(is_alphanumeric(c) == (is_alpha(c) || is_digit(c)));
  }
  CHECK(letters == 52);
  CHECK(digits == 10);
}

TEST_CASE("text: spaces are removed only at the ends") {
  CHECK(trimmed("").empty());
  CHECK(trimmed(" \t\r\n").empty());
  CHECK(trimmed("a") == "a");
  CHECK(trimmed("\r\n a \t b\v ") == "a \t b\v");
  CHECK(is_blank('\t'));
  CHECK_FALSE(is_blank('\n'));
  CHECK(is_space('\n'));
  CHECK_FALSE(is_space('\v'));
}

TEST_CASE("text: lists and strings of JSON") {
  CHECK(joined({}).empty());
  CHECK(joined({"a"}) == "a");
  CHECK(joined({"a", "", "b"}) == "a, , b");
  CHECK(json_string("") == "\"\"");
  CHECK(json_string("a\"b\\c\n\x1f\xc3\xbc") == "\"a\\\"b\\\\c\\u000a\\u001f\xc3\xbc\"");
}
