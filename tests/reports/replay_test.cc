#include "policy/analysis/replay.h"

#include <doctest/doctest.h>

#include "policy/report/report_text.h"
#include "tests/reports/made_history.h"

namespace emailauth::report {

namespace {

using tests::add_days;
using tests::add_flow;
using tests::day;
using tests::own_servers;

CandidatePolicy policy_of(Disposition p, Disposition sp) {
  CandidatePolicy out;
  out.netblocks = own_servers().netblocks;
  out.action = p;
  out.subdomains = sp;
  return out;
}

Replay tried(const History& history, const CandidatePolicy& candidate, const CandidatePolicy& today,
             const std::string& name = "") {
  Filter filter;
  filter.since = day(1);
  filter.until = day(30);
  filter.header_from = name;
  return replay(history, own_servers(), filter, candidate, today);
}

const CandidatePolicy kNone = policy_of(Disposition::none, Disposition::none);

}  // namespace

TEST_CASE("replay: names below the domain have an action of their own") {
  History history = tests::made_history();
  add_days(history, add_flow(history, "192.0.2.1", "dkim", ""), 1, 30, 90);
  const std::uint32_t below = add_flow(history, "192.0.2.1", "", "m=x.example|pass");
  history.flows[below].header_from = "news.example.com";
  add_days(history, below, 1, 30, 10);
  const auto strict = policy_of(Disposition::reject, Disposition::reject);
  const auto lenient = policy_of(Disposition::reject, Disposition::none);
  CHECK(tried(history, lenient, kNone).sources.empty());
  REQUIRE(tried(history, strict, kNone).sources.size() == 1);
  CHECK(tried(history, strict, kNone).sources[0].refused == 300);
  CHECK(tried(history, strict, lenient).harms({}));
  CHECK(!tried(history, strict, strict).harms({}));  // nothing changes
  CHECK(tried(history, strict, kNone, "news.example.com").sources[0].mails == 300);
  CHECK(tried(history, strict, kNone, "other.example.com").sources.empty());
}

TEST_CASE("replay: how much a legitimate sender may lose") {
  struct Case {
    std::uint64_t mails, lost, refused;
    bool harmed;
  };
  constexpr Case kCases[] = {{100, 0, 0, false}, {100, 1, 0, false}, {100, 2, 0, true}, {100, 0, 5, false},
                             {100, 0, 6, true},  {19, 0, 19, false}, {20, 0, 20, true}, {1, 1, 1, true},
                             {100, 1, 6, true},  {0, 0, 0, false}};
  for (const Case& c : kCases) {
    CAPTURE(c.mails);
    CAPTURE(c.lost);
    CAPTURE(c.refused);
    ReplayedSource source{{}, true, c.mails, c.lost, 0, c.refused, {}};
    CHECK(source.is_harmed({}) == c.harmed);
    source.legitimate = false;
    CHECK(!source.is_harmed({}));
  }
}

TEST_CASE("percentages are rounded down, and 0 and 100 are exact") {
  struct Case {
    double value;
    const char* text;
  };
  constexpr Case kCases[] = {{0, "0 %"},   {0.04, "0 %"},     {0.4, "0.4 %"},    {1, "1 %"},    {94.99, "94 %"},
                             {99, "99 %"}, {99.15, "99.1 %"}, {99.99, "99.9 %"}, {100, "100 %"}};
  for (const Case& c : kCases) CHECK(percent_text(c.value) == c.text);
}

}  // namespace emailauth::report
