#include "policy/check/spf_check.h"

#include <doctest/doctest.h>

#include "tests/unit/table_dns.h"

using namespace emailauth;
using tests::names_of;
using tests::TableDns;

namespace {

constexpr const char* kOthers =
    "mx.example.com A 192.0.2.25\n"
    "example.com MX mx.example.com\n"
    "_spf.vendor.example TXT v=spf1 ip4:198.51.100.0/24 include:_spf2.vendor.example ~all\n"
    "_spf2.vendor.example TXT v=spf1 a:gone.vendor.example ~all\n"
    "open.example TXT v=spf1 ip4:0.0.0.0/0 -all\n"
    "neutral.example TXT v=spf1 ?all\n"
    "slow.example TIMEOUT\n"
    "a.loop.example TXT v=spf1 include:b.loop.example -all\n"
    "b.loop.example TXT v=spf1 redirect=a.loop.example\n"
    "wide.fan.example TXT v=spf1 include:1.fan.example include:2.fan.example include:3.fan.example -all\n"
    "1.fan.example TXT v=spf1 include:4.fan.example include:4.fan.example include:4.fan.example -all\n"
    "2.fan.example TXT v=spf1 include:1.fan.example include:1.fan.example include:1.fan.example -all\n"
    "3.fan.example TXT v=spf1 include:2.fan.example include:2.fan.example include:2.fan.example -all\n"
    "4.fan.example TXT v=spf1 a:mx.example.com a:mx.example.com a:mx.example.com a:mx.example.com -all\n";

struct Checked {
  check::Findings findings;
  check::SpfReport report;
};

Checked check_records(const std::string& lines) {
  TableDns dns(kOthers + lines);
  Checked out;
  out.report = check::check_spf({*Name::parse("example.com"), dns, out.findings});
  return out;
}

}  // namespace

TEST_CASE("check SPF: records and what is found") {
  struct Case {
    const char* record;
    std::string findings;
  };
  const Case kCases[] = {
      {"v=spf1 mx -all", ""},
      {"v=spf1 mx include:_spf.vendor.example -all", "spf-void-lookup"},
      {"v=spf1 redirect=_spf.vendor.example", "spf-void-lookup"},
      {"v=spf1 redirect=neutral.example", "spf-neutral-all"},
      {"V=SPF1 +ALL", "spf-passes-all"},
      {"v=spf1 all", "spf-passes-all"},
      {"v=spf1 a:mx.example.com/0 -all", "spf-passes-all"},
      {"v=spf1 mx/12 -all", "spf-wide-network"},
      {"v=spf1 ip6:2001:d00::/24 -all", "spf-wide-network"},
      {"v=spf1 -ip4:0.0.0.0/1 mx -all", ""},
      {"v=spf1 include:open.example -all", "spf-include-passes-all"},
      {"v=spf1 exists:mx.example.com -all", "spf-include-passes-all"},
      {"v=spf1 include:slow.example -all", "spf-include-unreachable"},
      {"v=spf1 include:a.loop.example -all", "spf-include-loop"},
      {"v=spf1 mx include:mx.example.com -all", "spf-include-missing"},
      {"v=spf1 include:com..example -all", "spf-include-missing"},
      {"v=spf1 mx a:%{p}._x.example.com -all", "spf-ptr"},
      {"v=spf1 mx ra=postmaster moved=yes -all", "spf-unknown-modifier"},
      {"v=spf1 mx mx -all", "spf-duplicate-term"},
      {"v=spf1 mx ip4:172.16.0.0/12 ip4:fe80::1 -all", "spf-syntax"},
      {"v=spf1; mx -all", "spf-not-recognised"},
      {"v = spf1 mx -all", "spf-not-recognised"},
      {"v=spf10 mx -all", "spf-not-recognised"},
  };
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.record));
    CHECK(names_of(check_records(std::string("example.com TXT ") + c.record + "\n").findings) == c.findings);
  }
}

TEST_CASE("check SPF: a graph that grows without end is cut, and reported as over the limit") {
  const Checked checked = check_records("example.com TXT v=spf1 include:wide.fan.example -all\n");
  CHECK(checked.findings.has("spf-too-many-lookups"));
  REQUIRE(checked.report.tree);
  CHECK_FALSE(checked.report.tree->followed);
  CHECK(checked.report.tree->root.lookups < 100);
}

TEST_CASE("check SPF: the tree counts each term with what is below it") {
  const Checked checked = check_records("example.com TXT v=spf1 mx include:_spf.vendor.example ~all\n");
  REQUIRE(checked.report.tree);
  const check::SpfNode& root = checked.report.tree->root;
  CHECK(root.lookups == 4);
  CHECK(root.void_lookups == 1);
  REQUIRE(root.below.size() == 2);
  CHECK(root.below[0].term == "mx");
  CHECK(root.below[0].lookups == 1);
  CHECK(root.below[1].lookups == 3);
  REQUIRE(root.below[1].below.size() == 1);
  CHECK(root.below[1].below[0].below[0].note == "the name does not exist");
  CHECK(checked.report.tree->all == spf::Qualifier::softfail);
}

TEST_CASE("check SPF: macros are explained, and looked up for a stranger") {
  const Checked checked = check_records(
      "example.com TXT v=spf1 include:%{ir}.%{v}.%{d}.p.example -all\n"
      "254.113.0.203.in-addr.example.com.p.example TXT v=spf1 -all\n");
  CHECK(names_of(checked.findings).empty());
  REQUIRE(checked.report.tree);
  CHECK(checked.report.tree->root.below[0].note ==
        "looked up for each message: %{ir} is the client's address, reversed, %{v} is \"in-addr\" or \"ip6\", %{d} is "
        "the "
        "domain of the record; for 203.0.113.254: 254.113.0.203.in-addr.example.com.p.example");
}

TEST_CASE("check SPF: syntax errors name the place") {
  const Checked checked = check_records("example.com TXT v=spf1 ipv4:192.0.2.1 mx:/x -all\n");
  REQUIRE(checked.findings.all().size() == 2);
  const check::Finding& first = checked.findings.all()[0];
  CHECK(first.what == "at character 8: \"ipv4:192.0.2.1\": \"ipv4\" is not a mechanism; did you mean \"ip4\"?");
  CHECK(first.excerpt.offset == 7);
  CHECK(first.excerpt.length == 14);
  CHECK_FALSE(checked.report.tree);
}

TEST_CASE("check SPF: who sends, and single addresses of its own") {
  CHECK_FALSE(check_records("example.com TXT v=spf1 -all\n").report.sends);
  CHECK_FALSE(check_records("example.com TXT v=spf1 ?all\n").report.sends);
  const Checked checked =
      check_records("example.com TXT v=spf1 ip4:192.0.2.1 ip4:198.51.100.0/30 ip4:10.0.0.1 ip6:2001:db8::1 -all\n");
  CHECK(checked.report.sends);
  REQUIRE(checked.report.hosts.size() == 2);
  CHECK(checked.report.hosts[1].to_string() == "2001:db8::1");
}
