#include "policy/check/dmarc_check.h"

#include <doctest/doctest.h>

#include "policy/check/dmarc_walk.h"
#include "policy/records/tag_list.h"
#include "tests/unit/table_dns.h"

using namespace emailauth;
using tests::names_of;
using tests::TableDns;

namespace {

struct Checked {
  check::Findings findings;
  check::DmarcReport report;
};

Checked check_records(const char* domain, const std::string& lines) {
  TableDns dns("example.com MX mx.example.com\nother.org MX mx.other.org\n" + lines);
  Checked out;
  out.report = check::check_dmarc({*Name::parse(domain), dns, out.findings});
  return out;
}

std::string walk_text(const char* domain) {
  std::string out;
  for (const Name& name : check::tree_walk(*Name::parse(domain))) out += name.to_string() + " ";
  return out;
}

}  // namespace

TEST_CASE("check DMARC: the tree walk takes at most eight steps (RFC 9989, 4.10)") {
  CHECK(walk_text("a.mail.example.com") == "a.mail.example.com mail.example.com example.com com ");
  CHECK(walk_text("a.b.c.d.e.f.g.h.i.example.com") ==
        "a.b.c.d.e.f.g.h.i.example.com e.f.g.h.i.example.com f.g.h.i.example.com g.h.i.example.com h.i.example.com "
        "i.example.com example.com com ");
}

TEST_CASE("check DMARC: records and what is found") {
  struct Case {
    const char* record;
    const char* findings;
  };
  constexpr Case kCases[] = {
      {"v=DMARC1; p=reject; rua=mailto:d@example.com", ""},
      {"v=DMARC1;p=quarantine;rua=mailto:d@example.com;", ""},
      {"v = DMARC1 ; p = REJECT ; rua = mailto:d@example.com", ""},
      {"v=DMARC1; p=reject; t=y; pct=0; rua=mailto:d@example.com", "dmarc-removed-tag dmarc-testing"},
      {"v=DMARC1; p=reject; pct=100; rua=mailto:d@example.com", "dmarc-removed-tag"},
      {"v=DMARC1; p=reject; pct=many; rua=mailto:d@example.com", "dmarc-removed-tag dmarc-invalid-value"},
      {"v=DMARC1; p=none; sp=reject; rua=mailto:d@example.com", "dmarc-policy-none"},
      {"v=DMARC1; p=reject; np=quarantine; rua=mailto:d@example.com", "dmarc-nonexistent-weaker"},
      {"v=DMARC1; p=reject; fo=0:x; ruf=mailto:d@example.com; rua=mailto:d@example.com", "dmarc-invalid-value"},
      {"v=DMARC1; p=reject; rua=", "dmarc-report-address"},
      {"v=DMARC1; p=reject; rua=https://example.com/x", "dmarc-report-address"},
      {"v=DMARC1; p=reject; rua=mailto:d@other.org", "dmarc-report-unauthorised"},
      {"v=DMARC1; p=reject; rua=mailto:d@mail.example.com", "dmarc-report-unreachable"},
      {"v=DMARC1", "dmarc-no-policy dmarc-no-reports"},
      {"DMARC1; p=reject", "dmarc-not-recognised"},
      {"p=reject; v=DMARC1", "dmarc-not-recognised"},
      {"v=DMARC1, p=reject", "dmarc-not-recognised"},
      {"v=spf1 -all", "dmarc-foreign-text dmarc-missing"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.record);
    CHECK(names_of(check_records("example.com", std::string("_dmarc.example.com TXT ") + c.record + "\n").findings) ==
          c.findings);
  }
}

TEST_CASE("check DMARC: a subdomain inherits the policy for subdomains") {
  const Checked checked = check_records(
      "a.b.example.com", "_dmarc.example.com TXT v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@example.com\n");
  CHECK(checked.report.at.to_string() == "example.com");
  CHECK(checked.report.policy == DmarcAction::quarantine);
  CHECK(names_of(checked.findings) == "dmarc-subdomain-weaker");
}

TEST_CASE("check DMARC: a record is not reported missing from a name that does not answer") {
  CHECK(names_of(check_records("mail.example.com", "_dmarc.example.com SERVFAIL\n").findings) == "dmarc-unavailable");
  CHECK(names_of(check_records("example.com", "_dmarc.example.com TIMEOUT\n").findings) == "dmarc-unavailable");
  CHECK(names_of(check_records("example.com", "").findings) == "dmarc-missing");
}

TEST_CASE("check DMARC: where the two ways to find the organisation differ") {
  const std::string lines =
      "_dmarc.example.com TXT v=DMARC1; p=reject; rua=mailto:d@example.com\n"
      "_dmarc.unit.example.com TXT v=DMARC1; p=reject; psd=n; rua=mailto:d@example.com\n"
      "_dmarc.strict.unit.example.com TXT v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:d@example.com\n";
  CHECK(names_of(check_records("unit.example.com", lines).findings) == "dmarc-organisation-differs");
  CHECK(names_of(check_records("x.unit.example.com", lines).findings) ==
        "dmarc-policy-differs dmarc-organisation-differs");
  CHECK(names_of(check_records("strict.unit.example.com", lines).findings).empty());
}

TEST_CASE("check DMARC: a registry's psd=y makes the name below it the organisation") {
  const Checked checked = check_records("mail.shop.example.org", "_dmarc.example.org TXT v=DMARC1; p=reject; psd=y\n");
  CHECK(checked.report.organisation_by_walk->to_string() == "shop.example.org");
  CHECK(checked.report.organisation_by_list->to_string() == "example.org");
}

TEST_CASE("check DMARC: other organisations must agree to reports, at a name or by a wildcard") {
  const Checked checked = check_records("example.com",
                                        "_dmarc.example.com TXT v=DMARC1; p=reject; rua=mailto:d@other.org\n"
                                        "example.com._report._dmarc.other.org TXT v=DMARC1; rua=mailto:x@other.org\n");
  CHECK(names_of(checked.findings).empty());
}

TEST_CASE("check: tag lists keep what is wrong with them") {
  const check::TagList tags = check::parse_tags(" v=X ; p = a=b ;; flag; p=c; =d");
  REQUIRE(tags.tags.size() == 3);
  CHECK(*tags.find("p") == "a=b");
  CHECK(tags.broken == std::vector<std::string>{"flag", "=d"});
  CHECK(tags.twice == std::vector<std::string>{"p"});
}
