#include "policy/report/tls_report.h"

#include <doctest/doctest.h>

namespace emailauth::report {

namespace {

std::string with(const std::string& policies, const std::string& start = "2026-04-01T00:00:00Z") {
  return R"({"organization-name": "Receiver", "report-id": "1", "date-range": {"start-datetime": ")" + start +
         R"(", "end-datetime": "2026-04-01T23:59:59Z"}, "policies": )" + policies + "}";
}

}  // namespace

TEST_CASE("TLS report: counts, and what receivers leave out") {
  const auto report = parse_tls_report(with(
      R"([{"policy": {"policy-type": "sts", "policy-domain": "Example.COM", "policy-string": "v: 1"},
           "summary": {"total-success-session-count": "7", "total-failure-session-count": 3},
           "failure-details": [{"result-type": "starttls-not-supported", "failed-session-count": 3}]},
          {"policy": {}}])"));
  REQUIRE(report.ok());
  CHECK(report->domain() == "example.com");
  CHECK(report->begin == 1775001600);
  REQUIRE(report->policies.size() == 2);
  CHECK(report->policies[0].successes == 7);
  CHECK(report->policies[0].text == std::vector<std::string>{"v: 1"});
  CHECK(report->policies[0].details[0].count == 3);
  CHECK(report->policies[1].failures == 0);
}

TEST_CASE("TLS report: refused, and the exact reason") {
  struct Case {
    std::string json;
    const char* error;
  };
  const Case cases[] = {
      {"{", "is not well-formed JSON; is it whole?"},
      {"[]", "is JSON, but not a TLS report: it lacks \"date-range\" or \"policies\""},
      {std::string(100000, '['), "nests deeper than 32 levels"},
      {with("[]", "yesterday"),
       "date-range/start-datetime: \"yesterday\" is not a time; a report has one like \"2026-04-01T00:00:00Z\" there"},
      {with(R"([{"summary": {"total-failure-session-count": -1}}])"),
       "policies/0/summary/total-failure-session-count: \"-1\" is not a number of sessions (0 to 4294967295)"},
      {R"({"date-range": {}, "policies": []})", "organization-name: \"\" does not say who reports"},
  };
  for (const Case& c : cases) {
    const auto report = parse_tls_report(c.json);
    REQUIRE(!report.ok());
    CHECK(report.error().message == c.error);
  }
}

}  // namespace emailauth::report
