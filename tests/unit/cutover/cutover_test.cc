#include "policy/cutover/cutover.h"

#include <doctest/doctest.h>

#include "tests/make_responder.h"
#include "tests/unit/table_dns.h"

using namespace emailauth;
using cutover::CutoverFinding;
using cutover::CutoverReport;
using tests::TableDns;

namespace {

constexpr const char* kResponder = R"({
  "nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net",
  "zones": ["_spf.provider.net", "hosted.provider.net"],
  "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.net"], "mirror_zone": "hosted.provider.net"})";
const std::string kKey = "SQtHUKdHvsk6qeUAYWXp45PKqKC7VO6hN5zGI+S2F10=";
const std::string kOther = "9WWZ4LbWD5eMeJu4DqHGQR7konzJpaYjaV6zg9LcWHM=";
const std::string kSenders[] = {
    R"({"sender": "mailer", "spf": ["include:spf.mailer.example"],
        "resolved": {"at": "2026-11-01T00:00:00Z", "networks": ["198.51.100.0/24"], "passthrough": []}})",
    R"({"sender": "fresh", "spf": ["include:spf.fresh.example"]})"};

CutoverReport compare(const std::string& policy, const std::string& lines, PointBy way = PointBy::ns,
                      std::vector<SeenAddress> addresses = {}) {
  const auto responder = tests::make_responder(kResponder, {R"({"domain": "example.com", )" + policy + "}"},
                                               {std::begin(kSenders), std::end(kSenders)});
  const Result<Publication> wanted = publication_of(*responder, *Name::parse("example.com"), {way, "", {}});
  TableDns dns("ns.example.com A 192.0.2.53\nspf.mailer.example TXT v=spf1 ip4:198.51.100.0/24 -all\n" + lines);
  cutover::CutoverOptions options;
  for (const char* text : {"s1", "s2", "odd"}) options.selectors.push_back(*Name::parse(text));
  options.addresses = std::move(addresses);
  return cutover::compare_before(dns, *responder, *wanted, options);
}

// "refuse DKIM s1._domainkey.example.com: what | do", one per line.
std::string lines_of(const CutoverReport& report) {
  std::string out;
  for (const CutoverFinding& f : report.findings) {
    out += std::string(f.weight == CutoverFinding::Weight::refuse ? "refuse " : "change ") + f.part + " " + f.where +
           ": " + f.what;
    for (const std::string& line : f.todo.lines()) out += " | " + line;
    out += "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("cutover: DKIM selectors that are live today") {
  const std::string policy = R"("dkim": {"keys": [{"selector": "s1", "type": "ed25519", "public_key": ")" + kKey +
                             R"("}, {"selector": "s2", "cname": "s2.mailer.example"}]})";
  const std::string live = "v=DKIM1; k=ed25519; p=" + kKey + "\n";
  struct Case {
    std::string lines;
    std::string findings;
  };
  const Case kCases[] = {
      {"s1._domainkey.example.com TXT k=ed25519;p=" + kKey + "\n", ""},  // other text, the same key
      {"odd._domainkey.example.com TXT " + live,
       "refuse DKIM odd._domainkey.example.com: a key is live, and the policy has none: signatures with it would fail "
       "| "
       "emailauth dkim import example.com --selector odd\n"},
      {"odd._domainkey.example.com CNAME odd.mailer.example\nodd.mailer.example TXT " + live,
       "refuse DKIM odd._domainkey.example.com: a CNAME leads to a key, and the policy has none: signatures with it "
       "would "
       "fail | emailauth dkim import example.com --selector odd\n"},
      {"odd._domainkey.example.com TXT v=DKIM1; p=\n", ""},  // revoked, or missing: no difference
      {"odd._domainkey.example.com CNAME odd.mailer.example\n", ""},
      {"s1._domainkey.example.com TXT v=DKIM1; k=ed25519; p=" + kOther + "\n",
       "refuse DKIM s1._domainkey.example.com: the key in the policy is another: signatures with the live one would "
       "fail | "
       "emailauth dkim import example.com --selector s1\n"},
      {"s1._domainkey.example.com TXT v=DKIM1; k=ed25519; t=y; p=" + kKey + "\n",
       "change DKIM s1._domainkey.example.com: the flags t= of the key differ\n"},
      {"s2._domainkey.example.com CNAME s2.mailer.example\ns2.mailer.example TXT " + live, ""},
      {"s2._domainkey.example.com TXT " + live + "s2.mailer.example TXT " + live, ""},
      {"s2._domainkey.example.com TXT " + live,
       "refuse DKIM s2._domainkey.example.com: a key is live, and the policy has none: signatures with it would fail | "
       "emailauth dkim import example.com --selector s2\n"},
      {"no-such-selector-emailauth._domainkey.example.com TXT " + live + "odd._domainkey.example.com TXT " + live,
       "refuse DKIM *._domainkey.example.com: every selector has a key, and the policy has only those that it lists | "
       "find out which selectors are in use, and import each | emailauth dkim import example.com --selector "
       "SELECTOR\n"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.lines);
    const CutoverReport got = compare(policy, c.lines);
    CHECK(lines_of(got) == c.findings);
    CHECK(got.safe() == (c.findings.rfind("refuse", 0) != 0));
    CHECK(got.selectors == 3);
  }
  // With CNAMEs, a selector that the policy does not have stays with the owner.
  CHECK(lines_of(compare(policy, "odd._domainkey.example.com TXT " + live, PointBy::cname)).empty());
  // Without "dkim" nothing below _domainkey moves.
  CHECK(lines_of(compare(R"("dmarc": {"p": "none"})",
                         "_dmarc.example.com TXT v=DMARC1; p=none\nodd._domainkey.example.com TXT " + live))
            .empty());
}

TEST_CASE("cutover: DMARC by its meaning, not by its text") {
  struct Case {
    const char* today;
    const char* policy;
    const char* findings;
  };
  const Case kCases[] = {
      {"v=DMARC1;p=reject;sp=reject;adkim=r; rua=mailto:B@example.com , mailto:a@example.com",
       R"("p": "reject", "rua": ["mailto:a@example.com", "mailto:B@example.com"])", ""},
      {"v=DMARC1; p=none", R"("p": "reject", "sp": "none", "np": "none", "rua": [])",
       "refuse DMARC _dmarc.example.com: p is none today, and would be reject: mail that is delivered today may be "
       "lost | "
       "write \"p\" as it is today in \"dmarc\" of domains/0.json, and change it after the move\n"},
      {"v=DMARC1; p=reject; sp=none", R"("p": "quarantine", "sp": "none", "rua": [])",
       "change DMARC _dmarc.example.com: p is reject today, and would be quarantine\n"},
      {"v=DMARC1; p=reject", R"("p": "reject", "np": "none", "adkim": "s", "rua": [])",
       "refuse DMARC _dmarc.example.com: adkim is r today, and would be s: mail that is delivered today may be lost | "
       "write "
       "\"adkim\" as it is today in \"dmarc\" of domains/0.json, and change it after the move\n"
       "change DMARC _dmarc.example.com: np is reject today, and would be none\n"},
      {"v=DMARC1; p=reject; rua=mailto:a@example.com", R"("p": "reject", "rua": [])",
       "change DMARC _dmarc.example.com: rua: reports go to mailto:a@example.com today, and would go to nowhere\n"},
      {"v=DMARC1; p=reject; pct=10", R"("p": "reject", "rua": [])",
       "refuse DMARC _dmarc.example.com: pct is 10 today, and would be 100: mail that is delivered today may be lost | "
       "write "
       "\"pct\" as it is today in \"dmarc\" of domains/0.json, and change it after the move\n"},
      {"v=DMARC1; p=reject; t=y", R"("p": "reject", "t": true, "rua": [])", ""},
      {"v=DMARC1; p=reject; t=y; pct=0", R"("p": "reject", "rua": [])",
       "refuse DMARC _dmarc.example.com: t is y today, and would be n: mail that is delivered today may be lost | "
       "write "
       "\"t\" as it is today in \"dmarc\" of domains/0.json, and change it after the move\n"},
      {"nothing", R"("p": "none", "rua": [])",
       "change DMARC _dmarc.example.com: there is no policy today, and would be p=none\n"},
      {"nothing", R"("p": "reject", "rua": [])",
       "refuse DMARC _dmarc.example.com: p is not there today, and would be reject: mail that is delivered today may "
       "be lost "
       "| write \"p\" as it is today in \"dmarc\" of domains/0.json, and change it after the move\n"},
      {"v=DMARC1; p=reject", R"("p": "reject", "rua": ["mailto:x@taker.example"])",
       "change DMARC _dmarc.example.com: rua: reports go to nowhere today, and would go to mailto:x@taker.example\n"
       "change reports example.com._report._dmarc.taker.example: reports to mailto:x@taker.example are not authorised "
       "in "
       "DNS | publish TXT \"v=DMARC1\" there, or have taker.example do so\n"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.today);
    CAPTURE(c.policy);
    CHECK(lines_of(compare(R"("dmarc": {)" + std::string(c.policy) + "}",
                           "_dmarc.example.com TXT " + std::string(c.today) + "\n")) == c.findings);
  }
}

TEST_CASE("cutover: a blocked domain aligns strictly, which cannot lose mail") {
  CHECK(lines_of(compare(R"("mode": "blocked")", "_dmarc.example.com TXT v=DMARC1; p=reject\n")) ==
        "change SPF example.com: the domain has no SPF record today, and would have \"v=spf1 "
        "include:%{ir}.%{v}.%{d}._spf.provider.net -all\"\n"
        "change DMARC _dmarc.example.com: adkim is r today, and would be s\n"
        "change DMARC _dmarc.example.com: aspf is r today, and would be s\n");
}

TEST_CASE("cutover: reports about others that a delegation of _dmarc would hide") {
  const std::string lines =
      "_dmarc.example.com TXT v=DMARC1; p=none\nno-such-domain-emailauth.example._report._dmarc.example.com TXT "
      "v=DMARC1\n";
  const std::string policy = R"("dmarc": {"p": "none", "rua": []})";
  CHECK(lines_of(compare(policy, lines)) ==
        "refuse reports *._report._dmarc.example.com: it lets other domains send their DMARC reports here, and a "
        "delegation "
        "of _dmarc hides it | point by CNAME, which leaves names below alone | emailauth cutover example.com --way "
        "cname\n");
  CHECK(compare(policy, lines, PointBy::cname).safe());
}

TEST_CASE("cutover: SPF at the edges of every network") {
  struct Case {
    const char* today;
    const char* policy;
    const char* findings;
  };
  const Case kCases[] = {
      {"v=spf1 ip4:192.0.2.0/24 include:spf.mailer.example -all",
       R"("netblocks": [{"network": "192.0.2.0/24"}], "senders": ["mailer"], "all": "-all")", ""},
      {"v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 -all",
       R"("netblocks": [{"network": "192.0.2.0/24"}], "all": "-all")", ""},
      {"v=spf1 ip4:192.0.2.0/24 -all", R"("netblocks": [{"network": "192.0.2.0/25"}], "all": "-all")",
       "refuse SPF 192.0.2.128/25: it passes today, and would get fail | emailauth netblock add example.com "
       "192.0.2.128/25\n"},
      {"v=spf1 include:spf.mailer.example -all", R"("all": "-all")",
       "refuse SPF 198.51.100.0/24: it passes today, and would get fail | emailauth sender enable example.com "
       "mailer\n"},
      {"v=spf1 ip4:203.0.113.7 -all", R"("senders": ["fresh"], "all": "-all")",
       "refuse SPF 203.0.113.7/32: it passes today, and would get fail | emailauth senders refresh fresh | look "
       "again\n"},
      {"v=spf1 -all", R"("netblocks": [{"network": "192.0.2.0/24"}], "all": "-all")",
       "change SPF example.com: addresses of the policy's netblocks would pass that do not pass today (2 of those "
       "judged)\n"},
      {"v=spf1 ip4:192.0.2.1 ~all", R"("netblocks": [{"network": "192.0.2.1"}], "all": "-all")",
       "change SPF example.com: strangers get softfail today, and would get fail\n"},
      {"nothing", R"("all": "-all")",
       "change SPF example.com: the domain has no SPF record today, and would have \"v=spf1 "
       "include:%{ir}.%{v}.%{d}._spf.provider.net -all\"\n"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.today);
    CHECK(lines_of(compare(R"("spf": {)" + std::string(c.policy) + "}",
                           "example.com TXT " + std::string(c.today) + "\n")) == c.findings);
  }
}

TEST_CASE("cutover: a given address is judged with its HELO") {
  const std::string lines =
      "example.com TXT v=spf1 include:%{i}._h.%{h}._spf.other.example -all\n"
      "192.0.2.7._h.mx.example.com._spf.other.example TXT v=spf1 ip4:192.0.2.7 -all\n";
  const SeenAddress seen{*IpAddress::parse("192.0.2.7"), "mx.example.com", "joe"};
  CHECK(lines_of(compare(R"("spf": {"all": "-all"})", lines, PointBy::ns, {seen}))
            .find("refuse SPF 192.0.2.7/32: it passes today, and would get fail | emailauth netblock add example.com "
                  "192.0.2.7/32\n") == 0);
  CHECK(
      compare(R"("spf": {"all": "-all", "netblocks": [{"network": "192.0.2.7"}]})", lines, PointBy::ns, {seen}).safe());
}

TEST_CASE("cutover: BIMI, MTA-STS and TLS-RPT") {
  const std::string policy =
      R"("bimi": {"other": {"logo": "https://example.com/l.svg"}}, "mta_sts": {"id": "1"}, "tls_rpt": {"rua": ["mailto:t@example.com"]})";
  CHECK(lines_of(compare(policy,
                         "_mta-sts.example.com TXT v=STSv1;id=1\n_smtp._tls.example.com TXT v=TLSRPTv1; "
                         "rua=mailto:t@example.com;\n"))
            .empty());
  CHECK(lines_of(compare(policy,
                         "_mta-sts.example.com TXT v=STSv1; id=2;\ndefault._bimi.example.com TXT v=BIMI1; "
                         "l=https://example.com/l.svg\n")) ==
        "refuse BIMI default._bimi.example.com: \"v=BIMI1; l=https://example.com/l.svg\" is live, and the policy has "
        "none | "
        "write it in domains/0.json; import shows how | emailauth import example.com\n"
        "change MTA-STS _mta-sts.example.com: \"v=STSv1; id=2;\" today would be \"v=STSv1; id=1;\"\n");
}

TEST_CASE("cutover: a failure is not a verdict") {
  for (const char* name : {"example.com", "_dmarc.example.com", "odd._domainkey.example.com"}) {
    const CutoverReport got =
        compare(R"("dmarc": {"p": "none"}, "dkim": {}, "spf": {})", std::string(name) + " SERVFAIL\n");
    CHECK_FALSE(got.safe());
    REQUIRE_FALSE(got.failures.empty());
    CHECK(got.failures.front() == "TXT at " + std::string(name) + ": SERVFAIL");
  }
}
