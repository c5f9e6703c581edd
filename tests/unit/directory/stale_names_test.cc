#include "policy/directory/stale_names.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace emailauth;
using namespace std::chrono_literals;

namespace {

using Time = RemovalSchedule::Time;

Name name(std::string_view text) { return Name::parse(text).value(); }

// "a.example", "*.b.example" for a tree, "everything".
std::vector<std::string> shown(const StaleNames& stale) {
  std::vector<std::string> out;
  for (const Name& one : stale.names) out.push_back(one.to_string());
  for (const Name& one : stale.trees) out.push_back("*." + one.to_string());
  if (stale.everything) out.push_back("everything");
  return out;
}

using Texts = std::vector<std::string>;

StaleNames of(std::string_view text) {
  StaleNames stale;
  stale.add_name(name(text));
  return stale;
}

}  // namespace

TEST_CASE("stale names: too many are everything, and stay so") {
  StaleNames stale;
  CHECK(stale.empty());
  for (std::size_t i = 0; i < StaleNames::kMostNames; ++i) stale.add_name(name("n" + std::to_string(i) + ".example"));
  for (std::size_t i = 0; i < StaleNames::kMostTrees; ++i) stale.add_tree(name("t" + std::to_string(i) + ".example"));
  CHECK(stale.names.size() == StaleNames::kMostNames);
  CHECK(stale.trees.size() == StaleNames::kMostTrees);
  StaleNames other = stale;
  other.add_name(name("one-more.example"));
  CHECK(shown(other) == Texts{"everything"});
  stale.add_tree(name("one-more.example"));
  CHECK(shown(stale) == Texts{"everything"});
  stale.add_name(name("a.example"));
  stale.add_tree(name("b.example"));
  CHECK(shown(stale) == Texts{"everything"});
  CHECK_FALSE(stale.empty());
}

TEST_CASE("removal schedule: each name again after each time, then never") {
  RemovalSchedule schedule;
  const Time start{};
  CHECK_FALSE(schedule.next());
  CHECK(schedule.due(start + 1h).empty());
  StaleNames stale = of("a.example");
  stale.add_tree(name("b.example"));
  schedule.add(stale, start);
  const Texts both{"a.example", "*.b.example"};
  for (const auto again : RemovalSchedule::kAgain) {
    CHECK(schedule.next() == start + again);
    CHECK(schedule.due(start + again - 1ms).empty());
    CHECK(shown(schedule.due(start + again)) == both);
  }
  CHECK_FALSE(schedule.next());
  CHECK(schedule.due(start + 1h).empty());
}

TEST_CASE("removal schedule: a name that changes meanwhile starts anew, others continue") {
  RemovalSchedule schedule;
  const Time start{};
  schedule.add(of("a.example"), start);
  schedule.add(of("b.example"), start);
  CHECK(shown(schedule.due(start + 200ms)) == Texts{"a.example", "b.example"});
  schedule.add(of("a.example"), start + 900ms);
  CHECK(shown(schedule.due(start + 1000ms)) == Texts{"b.example"});
  CHECK(shown(schedule.due(start + 1100ms)) == Texts{"a.example"});
  CHECK(shown(schedule.due(start + 1900ms)) == Texts{"a.example"});
  CHECK(shown(schedule.due(start + 5000ms)) == Texts{"b.example"});
  CHECK(shown(schedule.due(start + 5900ms)) == Texts{"a.example"});
  CHECK_FALSE(schedule.next());
}

// Whoever adds a change removes it at once, so the schedule must cover the time after the last one.
TEST_CASE("removal schedule: changes every 100 ms lose nothing and pile up nothing") {
  RemovalSchedule schedule;
  const Time start{};
  Time last = start;
  std::size_t due = 0;
  for (int i = 0; i < 1000; ++i) {
    last = start + i * 100ms;
    StaleNames stale = of("a.example");
    stale.add_name(name("n" + std::to_string(i % 7) + ".example"));
    schedule.add(stale, last);
    due += schedule.due(last).names.size();
  }
  // n0 to n6 come every 700 ms: each is due once, 200 ms after its change; a.example never is.
  CHECK(due == 998);
  CHECK(shown(schedule.due(last + 100ms)) == Texts{"n4.example"});
  for (const auto again : RemovalSchedule::kAgain) {
    const StaleNames stale = schedule.due(last + again);
    CHECK(std::count(stale.names.begin(), stale.names.end(), name("a.example")) == 1);
    CHECK(stale.names.size() <= 8);
  }
  CHECK_FALSE(schedule.next());
}

TEST_CASE("removal schedule: late removals are due at once, in turn") {
  RemovalSchedule schedule;
  const Time start{};
  schedule.add(of("a.example"), start);
  for (std::size_t i = 0; i < std::size(RemovalSchedule::kAgain); ++i) {
    REQUIRE(schedule.next());
    CHECK(*schedule.next() <= start + 1h);
    CHECK(shown(schedule.due(start + 1h)) == Texts{"a.example"});
  }
  CHECK_FALSE(schedule.next());
}

TEST_CASE("removal schedule: everything takes the place of all names, and names may follow") {
  RemovalSchedule schedule;
  const Time start{};
  schedule.add(of("a.example"), start);
  StaleNames all;
  all.everything = true;
  schedule.add(all, start + 100ms);
  schedule.add(of("b.example"), start + 150ms);
  CHECK(schedule.due(start + 200ms).empty());
  CHECK(shown(schedule.due(start + 350ms)) == Texts{"b.example"});
  CHECK(schedule.next() == start + 1100ms);
  CHECK(shown(schedule.due(start + 1100ms)) == Texts{"everything"});
  CHECK(shown(schedule.due(start + 1150ms)) == Texts{"b.example"});
  CHECK(shown(schedule.due(start + 5150ms)) == Texts{"b.example"});
  CHECK_FALSE(schedule.next());
}

TEST_CASE("removal schedule: names of many changes become everything, too") {
  RemovalSchedule schedule;
  const Time start{};
  for (int change = 0; change < 3; ++change) {
    StaleNames stale;
    for (std::size_t i = 0; i < StaleNames::kMostNames / 2; ++i)
      stale.add_name(name("n" + std::to_string(i) + ".c" + std::to_string(change) + ".example"));
    schedule.add(stale, start + change * 1ms);
  }
  CHECK(schedule.due(start + 999ms).empty());
  CHECK(shown(schedule.due(start + 1002ms)) == Texts{"everything"});
}
