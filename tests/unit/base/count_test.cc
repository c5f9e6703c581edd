#include "policy/base/count.h"

#include <doctest/doctest.h>

#include <cstdint>

using namespace emailauth;

TEST_CASE("count_of: one of a thing has no plural, and everything else has") {
  CHECK(count_of(0, "error") == "0 errors");
  CHECK(count_of(1, "error") == "1 error");
  CHECK(count_of(2U, "error") == "2 errors");
  CHECK(count_of(std::uint64_t{18446744073709551615U}, "message") == "18446744073709551615 messages");
  CHECK(count_of(1, "address", "addresses") == "1 address");
  CHECK(count_of(3, "piece of advice", "pieces of advice") == "3 pieces of advice");
}

TEST_CASE("word_for: the verb follows the number") {
  CHECK(word_for(1, "was", "were") == "was");
  CHECK(word_for(0, "was", "were") == "were");
  CHECK(word_for(11, "was", "were") == "were");
}
