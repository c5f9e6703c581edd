#include "policy/base/first_of_each_file.h"

#include <doctest/doctest.h>

using namespace emailauth;

TEST_CASE("first_of_each_file: a hundred of each, and how many more there are") {
  Diagnostics all;
  all.push_back({Severity::error, "", 0, "", "of the directory"});
  for (std::uint32_t i = 1; i <= 100; ++i) all.push_back({Severity::advice, "a.json", i, "", "a"});
  for (std::uint32_t i = 1; i <= 5000; ++i)
    all.push_back({i == 4000 ? Severity::warning : Severity::advice, "b.json", i, "/x", "b"});
  all.push_back({Severity::error, "c.json", 7, "", "c"});
  const Diagnostics shown = first_of_each_file(all);
  REQUIRE(shown.size() == 203);
  CHECK(shown[0].message == "of the directory");
  CHECK(shown[100] == all[100]);
  CHECK(shown[200] == all[200]);
  CHECK(to_string(shown[201]) == "b.json:101: warning: and 4900 more in this file, which are not shown");
  CHECK(shown[202] == all.back());
}

TEST_CASE("first_of_each_file: a few findings stay as they are") {
  const Diagnostics few = {{Severity::error, "a.json", 1, "", "a"}, {Severity::error, "a.json", 2, "", "b"}};
  CHECK(first_of_each_file(few) == few);
  CHECK(first_of_each_file(few, 2) == few);
  CHECK(first_of_each_file(few, 1).back().message == "and 1 more in this file, which are not shown");
  CHECK(first_of_each_file({}).empty());
}
