#include "policy/spf/visible_text.h"

#include <doctest/doctest.h>

using emailauth::spf::quoted_text;
using emailauth::spf::visible_text;

TEST_CASE("visible_text: printable ASCII stays, all else is \\DDD") {
  CHECK(visible_text("v=spf1 ~all") == "v=spf1 ~all");
  CHECK(visible_text(std::string_view("a\r\n\0\x7f\xff", 6)) == "a\\013\\010\\000\\127\\255");
  CHECK(visible_text("abcdef", 3) == "abc...");
  CHECK(visible_text("abc", 3) == "abc");
  CHECK(quoted_text("a\tb") == "\"a\\009b\"");
}
