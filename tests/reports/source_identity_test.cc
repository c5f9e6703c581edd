#include "policy/analysis/source_identity.h"

#include <doctest/doctest.h>

#include "policy/report/digest.h"

namespace emailauth::report {

namespace {

SenderPolicy service(const char* id, const char* domain, const char* network) {
  SenderPolicy out;
  out.id = id;
  out.name = id;
  out.dkim_domains = {*Name::parse(domain)};
  out.return_path = {*Name::parse(domain)};
  if (*network != '\0') out.networks = {*IpPrefix::parse(network)};
  return out;
}

KnownSources known() {
  KnownSources out;
  out.domain = "example.com";
  out.services = {service("bulk", "bulk.example", "198.51.100.0/24"), service("crm", "crm.example", ""),
                  service("desk", "desk.example", "203.0.113.0/25")};
  out.enabled = {"bulk", "desk"};
  const std::vector<IpPrefix> own = {*IpPrefix::parse("192.0.2.0/24")};
  out.netblocks = IpSet::of(own);
  out.keys = {{"own", ""}, {"b1", "bulk"}, {"c1", "crm"}};
  out.names = {{*IpAddress::parse("100.64.0.1"), *Name::parse("o1.desk.example")}};
  return out;
}

// "198.51.100.7 dkim d=example.com|b1|pass m=bulk.example|pass": address, what passes, results.
Flow flow(const char* source, const char* passes, const char* results) {
  Flow out;
  out.source = *IpAddress::parse(source);
  out.header_from = "example.com";
  const std::string_view verdict = passes;
  out.dkim_pass = verdict.find("dkim") != std::string_view::npos;
  out.spf_pass = verdict.find("spf") != std::string_view::npos;
  parse_results(results, out);
  return out;
}

}  // namespace

TEST_CASE("identification: who sent a flow") {
  struct Case {
    const char* why;
    const char* source;
    const char* passes;
    const char* results;
    const char* found;
  };
  const Case cases[] = {
      {"a netblock", "192.0.2.7", "", "m=example.com|fail", "internal internal high"},
      {"the policy's own key, SPF too", "203.0.113.200", "dkim spf", "d=example.com|own|pass m=example.com|pass",
       "internal internal high"},
      {"a key of a service, its network", "198.51.100.7", "dkim", "d=example.com|b1|pass m=bulk.example|pass",
       "service bulk high"},
      {"a service's own signature", "100.64.9.9", "", "d=crm.example|x|pass m=crm.example|pass", "service crm high"},
      {"a return path", "100.64.9.9", "", "m=b.desk.example|pass", "service desk medium"},
      {"a network alone", "203.0.113.9", "", "m=example.com|softfail", "service desk medium"},
      {"a return path that SPF refuses is anybody's", "100.64.9.9", "", "m=bulk.example|fail", "unknown unknown low"},
      {"a signature that does not verify is anybody's", "100.64.9.9", "", "d=bulk.example|x|fail m=example.com|fail",
       "unknown unknown low"},
      {"a service's broken key, from its network", "198.51.100.7", "", "d=example.com|b1|fail m=bulk.example|pass",
       "service bulk medium"},
      {"a key of a service without networks, SPF refuses", "100.64.9.9", "dkim",
       "d=example.com|c1|pass m=example.com|fail", "service crm high"},
      {"a key of a service with networks, from elsewhere", "100.64.9.9", "dkim",
       "d=example.com|b1|pass m=example.com|fail", "forwarder 100.64.9.0/24 medium"},
      {"a rewritten return path", "100.64.9.9", "dkim", "d=example.com|own|pass m=lists.forward.example|pass",
       "forwarder forward.example medium"},
      {"the receiver says so", "100.64.9.9", "", "d=example.com|own|fail m=list.example|pass forwarded",
       "forwarder list.example medium"},
      {"ARC", "100.64.9.9", "", "d=example.com|own|fail m=example.com|fail arc", "forwarder 100.64.9.0/24 medium"},
      {"one service through another's platform", "203.0.113.9", "dkim", "d=example.com|b1|pass m=desk.example|pass",
       "service bulk high"},
      {"a mailbox at a service that forwards", "203.0.113.9", "dkim", "d=example.com|b1|pass m=example.com|softfail",
       "forwarder 203.0.113.0/24 medium"},
      {"an unknown selector and no SPF", "100.64.9.9", "dkim", "d=example.com|zz|pass m=example.com|fail",
       "forwarder 100.64.9.0/24 low"},
      {"SPF of the owner's, nobody we know", "100.64.9.9", "spf", "m=example.com|pass",
       "possible sender 100.64.9.0/24 low"},
      {"somebody who authenticates as himself", "100.64.9.9", "", "m=news.stranger.example|pass",
       "possible sender stranger.example low"},
      {"somebody who signs as himself", "100.64.9.9", "", "d=stranger.example|a|pass m=example.com|fail",
       "possible sender stranger.example low"},
      {"the name of an address", "100.64.0.1", "", "m=example.com|fail", "service desk medium"},
      {"nothing", "100.64.9.9", "", "m=example.com|fail", "unknown unknown low"},
  };
  const KnownSources sources = known();
  SourceIdentifier identifier(sources);
  for (const Case& c : cases) {
    CAPTURE(c.why);
    const Source found = identifier.identify(flow(c.source, c.passes, c.results));
    CHECK(std::string(to_text(found.kind)) + " " + found.id + " " + std::string(to_string(found.confidence)) ==
          c.found);
    CHECK(!found.evidence.empty());
  }
}

TEST_CASE("flows: stored and read back the same") {
  Flow one = flow("2001:db8::1", "spf",
                  "d=example.com|s1|pass d=x.example|t|temperror m=example.com|pass h=mx|none u=|fail arc");
  one.envelope_from = "example.com";
  const FlowRow row = to_row(one);
  CHECK(row.source.size() == 16);
  CHECK(row.results == "d=example.com|s1|pass d=x.example|t|temperror m=example.com|pass h=mx|none u=|fail arc");
  CHECK(from_row(row) == one);
}

TEST_CASE("flows: why they fail") {
  struct Case {
    const char* results;
    Why spf;
    Why dkim;
  };
  const Case cases[] = {
      {"m=example.com|fail", Why::spf_unlisted, Why::dkim_missing},
      {"m=example.com|temperror", Why::spf_error, Why::dkim_missing},
      {"m=bulk.example|pass d=bulk.example|x|pass", Why::spf_return_path, Why::dkim_unaligned},
      {"m=bounce.example.com|softfail d=example.com|b1|fail", Why::spf_unlisted, Why::dkim_broken},
      {"m=bounce.example.com|pass", Why::spf_return_path, Why::dkim_missing},  // strict alignment
      {"", Why::spf_error, Why::dkim_missing},
  };
  OrganizationalDomains organizations;
  for (const Case& c : cases) {
    CAPTURE(c.results);
    const Flow one = flow("192.0.2.1", "", c.results);
    CHECK(why_spf(one, organizations) == c.spf);
    CHECK(why_dkim(one, organizations) == c.dkim);
  }
}

TEST_CASE("digest: equal rows are joined, the day is the middle of the report") {
  AggregateReport report;
  report.organisation = "Receiver";
  report.policy.domain = "example.com";
  report.begin = 1000 * 86400 - 8 * 3600;
  report.end = report.begin + 86400 - 1;
  AggregateRecord record;
  record.source = *IpAddress::parse("192.0.2.1");
  record.header_from = "example.com";
  record.count = 3;
  record.spf_results = {{"example.com", SpfScope::mfrom, AuthResult::pass, ""}};
  report.records = {record, record};
  report.records[1].envelope_to = "other.example";
  report.policy.p = Disposition::reject;
  report.policy.aspf = Alignment::strict;
  OrganizationalDomains organizations;
  const AggregateDigest digest = digest_of(report, organizations);
  CHECK(digest.day == Day(Days(1000)));
  CHECK(digest.key.organisation == "receiver");
  CHECK(digest.policy == "p=reject; aspf=s");
  REQUIRE(digest.flows.size() == 1);
  CHECK(digest.messages() == 6);
  CHECK(from_row(digest.flows[0].flow).spf_pass);  // worked out: the receiver gave no verdict
}

}  // namespace emailauth::report
