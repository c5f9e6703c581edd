#include "policy/finding/finding.h"

#include <doctest/doctest.h>

#include <set>

using emailauth::Severity;
using emailauth::check::Finding;
using emailauth::check::FindingKind;
using emailauth::check::Findings;

TEST_CASE("check: every kind of finding has its own name and says everything that is needed") {
  std::set<std::string_view> names;
  for (const FindingKind* kind : emailauth::check::finding_kinds()) {
    CAPTURE(kind->name);
    CHECK(names.insert(kind->name).second);
    CHECK(kind->name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos);
    CHECK_FALSE(kind->why.empty());
    CHECK_FALSE(kind->todo.empty());
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
  CHECK(findings.all()[1].todo.text() == "write this");
  CHECK(findings.all()[2].severity() == Severity::advice);
  CHECK(findings.all()[2].todo.text() == "remove the text");
  CHECK(findings.need_action());
  CHECK(findings.has("spf-ptr"));
  CHECK_FALSE(findings.has("mx-missing"));
}

TEST_CASE("check: the first of many findings of one kind are kept, and the number of others") {
  Findings findings;
  findings.add("spf-sender-id", "example.com", "advice");
  for (int i = 1; i <= 5000; ++i) findings.add("spf-ptr", "example.com", "term " + std::to_string(i));
  const std::size_t most = emailauth::check::kMostOfAKind;
  REQUIRE(findings.all().size() == most + 2);
  CHECK(findings.all()[most].what == "term 20");
  CHECK(findings.all()[most + 1].what == "and 4980 more of this kind");
  findings.sort();
  findings.add("spf-ptr", "example.org", "one after they were sorted");
  findings.add("spf-missing", "example.com", "an error");
  REQUIRE(findings.all().size() == most + 3);
  const Finding& others = findings.all()[most];
  CHECK(others.kind->name == "spf-ptr");
  CHECK(others.where == "example.com");
  CHECK(others.what == "and 4981 more of this kind");
  CHECK(others.todo.text() == others.kind->todo);
  CHECK(others.number() == 4981);
  CHECK(findings.all()[0].number() == 1);
}

TEST_CASE("check: a finding is not longer than a screen, and is cut between characters") {
  Findings findings;
  const std::string longest(emailauth::check::kLongestFinding, 'x');
  findings.add("spf-ptr", "example.com", longest, longest.substr(1) + "ü");
  CHECK(findings.all()[0].what == longest);
  CHECK(findings.all()[0].todo.text() == longest.substr(1) + "…");
}
