#include "policy/base/line_diff.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <sstream>
#include <vector>

namespace emailauth {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line + (in.eof() ? "" : "\n"));
  return out;
}

// Returns what patch(1) would make of `before`. A hunk that does not fit is a failed check.
std::string patched(const std::string& before, const std::string& diff) {
  const std::vector<std::string> old = lines_of(before);
  const std::vector<std::string> rows = lines_of(diff);
  std::string out;
  std::size_t at = 0;
  for (std::size_t i = 2; i < rows.size(); ++i) {
    const std::string& row = rows[i];
    if (row[0] == '@') {
      std::size_t first = 0;
      std::size_t count = 1;
      REQUIRE(std::sscanf(row.c_str(), "@@ -%zu,%zu", &first, &count) >= 1);
      const std::size_t begin = count == 0 ? first : first - 1;
      REQUIRE(begin >= at);
      while (at < begin) out += old.at(at++);
      continue;
    }
    if (row[0] == '\\') continue;
    const bool last = i + 1 < rows.size() && rows[i + 1][0] == '\\';
    const std::string line = last ? row.substr(1, row.size() - 2) : row.substr(1);
    if (row[0] != '+') CHECK(old.at(at++) == line);
    if (row[0] != '-') out += line;
  }
  while (at < old.size()) out += old[at++];
  return out;
}

}  // namespace

TEST_CASE("unified_diff: what is printed") {
  struct Case {
    const char* why;
    const char* before;
    const char* after;
    const char* diff;
  };
  constexpr Case kCases[] = {
      {"equal", "1\n2\n", "1\n2\n", ""},
      {"one line", "1\n2\n", "1\n3\n", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n"},
      {"all of it", "", "1\n", "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+1\n"},
      {"nothing is left", "1\n", "", "--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n-1\n"},
      {"no line end at the end", "1\n2", "1\n3",
       "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n+3\n\\ No newline at end of file\n"},
      {"three lines around", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
       "--- a/f\n+++ b/f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"},
      {"six lines between two changes: one hunk", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
       "--- a/f\n+++ b/f\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
      {"seven: two hunks", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
       "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
      {"a line moves", "x\nx\ny\nx\n", "x\ny\nx\nx\n", "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n x\n-x\n y\n+x\n x\n"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.why);
    CHECK(unified_diff("f", c.before, c.after) == c.diff);
    CHECK(patched(c.before, unified_diff("f", c.before, c.after)) == c.after);
  }
  CHECK(unified_diff("f", "", "1\n", true) == "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+1\n");
}

TEST_CASE("unified_diff: a name cannot end its line") {
  CHECK(unified_diff("x\ntouch pwned\x1b.json", "1\n", "2\n") ==
        "--- a/x\\010touch pwned\\027.json\n+++ b/x\\010touch pwned\\027.json\n@@ -1 +1 @@\n-1\n+2\n");
}

TEST_CASE("unified_diff: applied to one text it gives the other") {
  std::mt19937 random(7);
  const auto text = [&](std::size_t lines, unsigned words) {
    std::string out;
    for (std::size_t i = 0; i < lines; ++i) out += std::to_string(random() % words) + "\n";
    if (random() % 4 == 0 && !out.empty()) out.pop_back();
    return out;
  };
  for (int run = 0; run < 2000; ++run) {
    const unsigned words = static_cast<unsigned>(1 + random() % 40);
    const std::string before = text(random() % 30, words);
    const std::string after = text(random() % 30, words);
    CAPTURE(before);
    CAPTURE(after);
    CHECK(patched(before, unified_diff("f", before, after)) == after);
  }
}

TEST_CASE("unified_diff: many changes among many lines") {
  std::string before;
  std::string after;
  for (int i = 0; i < 100000; ++i) {
    before += "{\"domain\": \"d" + std::to_string(i) + ".example\"}\n";
    after += "{\"domain\": \"d" + std::to_string(i) +
             (i % 10 == 0 ? ".example\", \"mode\": \"blocked\"}\n" : ".example\"}\n");
  }
  const std::string diff = unified_diff("f", before, after);
  CHECK(std::count(diff.begin(), diff.end(), '+') - 3 - std::count(diff.begin(), diff.end(), '@') / 4 == 10000);
  CHECK(patched(before, diff) == after);
}

}  // namespace emailauth
