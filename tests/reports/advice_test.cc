#include "policy/analysis/advice.h"

#include <doctest/doctest.h>

#include "tests/reports/made_history.h"

namespace emailauth::report {

namespace {

using tests::add_days;
using tests::add_flow;
using tests::day;
using tests::own_servers;

Advice advise(const History& history, const KnownSources& known, const PolicyState& state) {
  Filter filter;
  filter.since = day(101);
  filter.until = day(130);
  return advice_for(authentication_report(history, known, filter), known, state);
}

std::string names_of(const std::vector<Obstacle>& obstacles) {
  std::string out;
  for (const Obstacle& one : obstacles) out += (out.empty() ? "" : " ") + one.name;
  return out;
}

}  // namespace

TEST_CASE("advice: the pass rate is rounded down, and 95 % are enough") {
  for (const auto& [passing, ready] : {std::pair{95, true}, std::pair{94, false}}) {
    History history = tests::made_history();
    add_days(history, add_flow(history, "192.0.2.1", "dkim spf", ""), 90, 130, static_cast<std::uint64_t>(passing));
    add_days(history, add_flow(history, "192.0.2.1", "", "m=example.com|temperror"), 90, 130,
             static_cast<std::uint64_t>(100 - passing));
    const Advice found = advise(history, own_servers(), {Stage::none, false, true, true});
    CHECK(found.ready == ready);
    CHECK(found.next == Stage::quarantine);
    if (!ready) CHECK(found.obstacles[0].what == "own servers: 94 % pass DMARC, 95 % are needed");
  }
}

TEST_CASE("advice: a forgotten server comes back every day, a forger does not") {
  History history = tests::made_history();
  add_days(history, add_flow(history, "192.0.2.1", "dkim", ""), 90, 130, 100);
  for (int number = 101; number <= 130; ++number) {
    const std::string address = "100.64.0." + std::to_string(number);
    add_days(history, add_flow(history, address.c_str(), "", "m=example.com|fail"), number, number, 1000);
  }
  CHECK(advise(history, own_servers(), {Stage::none, false, true, true}).ready);
  add_days(history, add_flow(history, "203.0.113.5", "", "m=example.com|fail"), 110, 120, 10);
  const Advice found = advise(history, own_servers(), {Stage::none, false, true, true});
  REQUIRE(names_of(found.obstacles) == "steady-stranger");
  CHECK(found.obstacles[0].evidence == std::vector<std::string>{"203.0.113.5 sent 110 messages on 11 days"});
  CHECK(found.obstacles[0].todo.lines() ==
        std::vector<std::string>{"if it is yours, add it; if not, ignore it",
                                 "emailauth netblock add example.com 203.0.113.5 --write"});
}

TEST_CASE("advice: a possible sender of weight must be explained") {
  History history = tests::made_history();
  add_days(history, add_flow(history, "192.0.2.1", "dkim", ""), 90, 130, 100);
  const std::uint32_t stranger = add_flow(history, "203.0.113.5", "", "m=news.stranger.example|pass");
  add_days(history, stranger, 110, 110, 25);
  CHECK(names_of(advise(history, own_servers(), {Stage::none, false, true, true}).obstacles).empty());
  add_days(history, stranger, 111, 111, 25);
  CHECK(names_of(advise(history, own_servers(), {Stage::none, false, true, true}).obstacles) == "unexplained-sender");
}

TEST_CASE("advice: too few days, and the end of the road") {
  History history = tests::made_history();
  add_days(history, add_flow(history, "192.0.2.1", "dkim", ""), 118, 130, 100);
  CHECK(names_of(advise(history, own_servers(), {Stage::none, false, true, true}).obstacles) == "too-few-days");
  add_days(history, 0, 110, 117, 100);
  const Advice end = advise(history, own_servers(), {Stage::reject, true, true, true});
  CHECK(!end.next);
  CHECK(!end.ready);
  const Advice subdomains = advise(history, own_servers(), {Stage::reject, false, true, true});
  CHECK(subdomains.next == Stage::reject);
  CHECK(subdomains.todo.text() == "emailauth dmarc set example.com p=reject sp=reject np=reject --write");
}

TEST_CASE("advice: a domain that sends nothing is blocked") {
  History history = tests::made_history();
  add_days(history, add_flow(history, "203.0.113.5", "", "m=example.com|fail"), 101, 115, 1);
  KnownSources known;
  known.domain = "example.com";
  const Advice found = advise(history, known, {Stage::none, false, true, true});
  CHECK(found.next == Stage::blocked);
  CHECK(found.ready);
  CHECK(found.todo.text() == "emailauth block example.com --write");
}

TEST_CASE("advice: without a policy file, what receivers saw counts") {
  History history = tests::made_history();
  add_days(history, add_flow(history, "192.0.2.1", "dkim", ""), 90, 130, 100);
  history.policies = {{day(90), 0, "p=none"}, {day(119), 0, "p=quarantine; sp=none"}};
  const Advice young = advise(history, own_servers(), {});
  CHECK(young.now == Stage::quarantine);
  REQUIRE(names_of(young.obstacles) == "quarantine-too-short");
  CHECK(young.obstacles[0].what == "receivers have seen p=quarantine since 1970-04-30 only");
  history.policies[1].day = day(117);
  CHECK(advise(history, own_servers(), {}).ready);
}

}  // namespace emailauth::report
