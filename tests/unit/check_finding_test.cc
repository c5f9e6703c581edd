#include "policy/check/finding.h"

#include <doctest/doctest.h>

#include <set>

using emailauth::Severity;
using emailauth::check::FindingKind;
using emailauth::check::Findings;

TEST_CASE("check: every kind of finding has a name of its own and says all that is needed") {
  std::set<std::string_view> names;
  for (const FindingKind* kind : emailauth::check::finding_kinds()) {
    CAPTURE(kind->name);
    CHECK(names.insert(kind->name).second);
    CHECK(kind->name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos);
    CHECK_FALSE(kind->why.empty());
    CHECK_FALSE(kind->instead.empty());
    CHECK_FALSE(kind->reference.empty());
  }
  CHECK(names.size() > 100);
}

TEST_CASE("check: findings are sorted by severity, and advice needs no action") {
  Findings findings;
  findings.add("spf-sender-id", "example.com", "first advice");
  CHECK_FALSE(findings.need_action());
  findings.add("spf-ptr", "example.com", "a warning", "write this");
  findings.add("spf-missing", "example.com", "an error");
  findings.sort();
  REQUIRE(findings.all().size() == 3);
  CHECK(findings.all()[0].kind->name == "spf-missing");
  CHECK(findings.all()[1].instead == "write this");
  CHECK(findings.all()[2].severity() == Severity::advice);
  CHECK(findings.all()[2].instead == "remove the text");
  CHECK(findings.need_action());
  CHECK(findings.has("spf-ptr"));
  CHECK_FALSE(findings.has("mx-missing"));
}
