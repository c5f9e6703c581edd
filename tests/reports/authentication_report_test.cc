#include "policy/analysis/authentication_report.h"

#include <doctest/doctest.h>

#include "policy/analysis/alerts.h"
#include "tests/reports/made_history.h"

namespace emailauth::report {

namespace {

using tests::add_days;
using tests::add_flow;
using tests::day;
using tests::own_servers;

Filter days(int since, int until) {
  Filter out;
  out.since = day(since);
  out.until = day(until);
  return out;
}

std::string kinds_of(const History& history, int today, const std::set<std::string>& told = {}) {
  std::string out;
  for (const Alert& one : alerts_for(history, own_servers(), day(today), {}, told)) out += one.kind + " ";
  return out;
}

}  // namespace

TEST_CASE("authentication report: new, vanished, and filters") {
  History history = tests::made_history();
  history.receivers.push_back("other.example");
  add_days(history, add_flow(history, "192.0.2.1", "dkim", "d=example.com|s1|pass"), 1, 60, 10);
  add_days(history, add_flow(history, "203.0.113.5", "", "m=a.stranger.example|pass"), 20, 30, 5);
  add_days(history, add_flow(history, "203.0.113.6", "", "m=b.newcomer.example|pass"), 50, 60, 5);
  history.facts.push_back({day(60), 1, 0, Disposition::reject, 7});
  const auto report = authentication_report(history, own_servers(), days(31, 60));
  CHECK(report.total.mails == 300 + 55 + 7);
  CHECK(report.total.passed == 307);
  REQUIRE(report.sources.size() == 3);
  CHECK(report.sources[0].source.id == "internal");
  CHECK(report.sources[0].selectors[0].name == "s1._domainkey.example.com");
  CHECK(report.sources[0].receivers[1].name == "other.example");
  CHECK(report.sources[1].source.id == "newcomer.example");
  CHECK(report.sources[1].is_new);
  CHECK(report.sources[2].has_vanished);
  CHECK(report.sources[2].last_seen == day(30));
  Filter filter = days(31, 60);
  filter.receiver = "other";
  CHECK(authentication_report(history, own_servers(), filter).total.mails == 7);
  filter = days(31, 60);
  filter.disposition = Disposition::reject;
  CHECK(authentication_report(history, own_servers(), filter).total.mails == 7);
  filter = days(31, 60);
  filter.header_from = "news.example.com";
  CHECK(authentication_report(history, own_servers(), filter).total.mails == 0);
  CHECK(Volume{3, 2, 0, 0}.pass_percent() < 66.7);
  CHECK(Volume{}.pass_percent() == 100);
}

TEST_CASE("authentication report: a policy counts from when all receivers agree") {
  History history = tests::made_history();
  history.policies = {{day(10), 0, "p=none"},
                      {day(20), 0, "p=quarantine"},
                      {day(20), 1, "p=none"},
                      {day(21), 0, "p=quarantine; sp=none"}};
  CHECK(policy_spell(history, day(19))->since == day(10));
  CHECK(policy_spell(history, day(30))->since == day(21));
  CHECK(policy_spell(history, day(30))->p == Disposition::quarantine);
  CHECK(!policy_spell(history, day(9)));
}

TEST_CASE("alerts: begin once, and continue until their cause is fixed") {
  History history = tests::made_history();
  add_days(history, add_flow(history, "192.0.2.1", "dkim", "d=example.com|s1|pass"), 1, 50, 100);
  add_days(history, add_flow(history, "192.0.2.1", "", "d=example.com|s1|fail m=x.example|pass"), 51, 120, 100);
  add_days(history, 0, 121, 160, 100);
  CHECK(kinds_of(history, 50) == "");
  CHECK(kinds_of(history, 51) == "falling-pass selector-failing ");
  CHECK(kinds_of(history, 110) == "");  // nobody was notified, and it has been so for weeks
  const std::set<std::string> told = {"falling-pass internal", "selector-failing s1._domainkey.example.com"};
  CHECK(kinds_of(history, 110, told) == "falling-pass selector-failing ");
  CHECK(kinds_of(history, 140, told) == "");
  CHECK(kinds_of(history, 20) == "");  // not enough days to compare
}

TEST_CASE("alerts: few messages prove nothing") {
  History history = tests::made_history();
  add_days(history, add_flow(history, "192.0.2.1", "dkim", "d=example.com|s1|pass"), 1, 60, 1);
  add_days(history, add_flow(history, "192.0.2.1", "", "d=example.com|s1|fail"), 61, 61, 18);
  add_days(history, add_flow(history, "203.0.113.6", "", "m=b.newcomer.example|pass"), 61, 61, 19);
  add_days(history, add_flow(history, "100.64.1.1", "", "m=example.com|fail"), 61, 61, 199);
  CHECK(kinds_of(history, 61).find("selector") == std::string::npos);
  CHECK(kinds_of(history, 61).find("new-sender") == std::string::npos);
  CHECK(kinds_of(history, 61).find("wave") == std::string::npos);
}

}  // namespace emailauth::report
