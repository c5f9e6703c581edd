#include "policy/spf/flatten.h"

#include <doctest/doctest.h>

#include "policy/spf/zone_data.h"

using emailauth::IpPrefix;
using emailauth::spf::flatten;
using emailauth::spf::Flattened;
using emailauth::spf::FlattenOptions;
using emailauth::spf::ZoneData;

namespace {

constexpr const char* kZone = R"({
  "nets.example": [ {"TXT": "v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 ip6:2001:db8::/32 -all"}, {"TTL": 120} ],
  "hole.example": [ {"TXT": "v=spf1 -ip4:192.0.2.64/26 ip4:192.0.2.0/24 ~all"} ],
  "soft.example": [ {"TXT": "v=spf1 ~include:hole.example ip4:192.0.2.0/24 -all"} ],
  "fails.example": [ {"TXT": "v=spf1 include:deny.example ip4:192.0.2.1 -all"} ],
  "deny.example": [ {"TXT": "v=spf1 -ip4:192.0.2.1 -all"} ],
  "host.example": [ {"TXT": "v=spf1 a/24//64 mx -all"}, {"A": "192.0.2.77"}, {"AAAA": "2001:db8::7"}, {"MX": [10, "mx.host.example"]} ],
  "mx.host.example": [ {"A": "198.51.100.1"} ],
  "redirect.example": [ {"TXT": "v=spf1 ip4:198.51.100.0/24 redirect=nets.example"} ],
  "all.example": [ {"TXT": "v=spf1 ip4:198.51.100.0/24 ?all redirect=nets.example"} ],
  "exists.example": [ {"TXT": "v=spf1 ip4:192.0.2.1 exists:%{i}._spf.%{d} -all"} ],
  "nested.example": [ {"TXT": "v=spf1 -ip4:192.0.2.0/24 include:exists.example ip4:192.0.2.1 -all"} ],
  "macro.example": [ {"TXT": "v=spf1 include:_x.%{d} -all"} ],
  "_x.macro.example": [ {"TXT": "v=spf1 ip4:192.0.2.1 -all"} ],
  "odd.example": [ {"TXT": "v=spf1 ptr exists:%{h}.x.example include:%{l}.y.example ip4:192.0.2.1 -all"} ],
  "block.example": [ {"TXT": "v=spf1 -exists:%{ir}.bl.example ip4:192.0.2.1 -all"} ],
  "harmless.example": [ {"TXT": "v=spf1 ip4:192.0.2.1 -exists:%{ir}.bl.example -all"} ],
  "loop.example": [ {"TXT": "v=spf1 ip4:192.0.2.1 include:loop2.example ip4:192.0.2.2 -all"} ],
  "loop2.example": [ {"TXT": "v=spf1 include:loop.example -all"} ],
  "broken.example": [ {"TXT": "v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all"} ],
  "missing.example": [ {"TXT": "v=spf1 ip4:192.0.2.1 include:none.example ip4:192.0.2.2 -all"} ],
  "two.example": [ {"TXT": "v=spf1 -all"}, {"TXT": "v=spf1 +all"} ],
  "slow.example": [ {"TIMEOUT": true} ],
  "half.example": [ {"TXT": "v=spf1 a:half2.example ip4:203.0.113.1 ip6:2001:db8::1 -all"} ],
  "half2.example": [ {"A": "192.0.2.1"}, {"TIMEOUT": true} ],
  "wide.example": [ {"TXT": "v=spf1 ip4:10.0.0.0/7 ip4:192.0.2.1 -all"} ],
  "plusall.example": [ {"TXT": "v=spf1 ip4:192.0.2.1 +all"} ],
  "mapped.example": [ {"TXT": "v=spf1 ip6:::ffff:192.0.2.1 ip4:192.0.2.1 -all"} ],
  "there.example": [ {"TXT": "v=spf1 -exists:yes.example ip4:192.0.2.1 -all"} ],
  "yes.example": [ {"A": "127.0.0.2"} ]
})";

Flattened flat(const std::vector<std::string>& terms, const FlattenOptions& options = {}) {
  ZoneData dns = ZoneData::parse(kZone).value();
  return flatten(dns, terms, options);
}

std::string networks(const Flattened& result) {
  std::string out;
  for (const IpPrefix& network : result.addresses.to_prefixes()) out += (out.empty() ? "" : " ") + network.to_string();
  return out;
}

std::string findings(const Flattened& result) {
  std::string out;
  for (const auto& finding : result.findings) out += (out.empty() ? "" : "\n") + finding.to_string();
  return out;
}

Flattened flatten_with_two_excepted(const FlattenOptions& options) {
  return flat({"-ip4:192.0.2.0", "-ip4:192.0.2.2", "exists:%{i}.x.example"}, options);
}

}  // namespace

TEST_CASE("flatten: networks, as evaluation would") {
  struct Case {
    const char* term;
    const char* networks;
  };
  constexpr Case kCases[] = {
      {"ip4:192.0.2.1", "192.0.2.1/32"},
      {"include:nets.example", "192.0.2.0/24 2001:db8::/32"},
      {"include:hole.example", "192.0.2.0/26 192.0.2.128/25"},
      {"include:soft.example", "192.0.2.64/26"},
      {"include:fails.example", "192.0.2.1/32"},
      {"include:host.example", "192.0.2.0/24 198.51.100.1/32 2001:db8::/64"},
      {"a:host.example", "192.0.2.77/32 2001:db8::7/128"},
      {"mx:host.example/30", "198.51.100.0/30"},
      {"include:redirect.example", "192.0.2.0/24 198.51.100.0/24 2001:db8::/32"},
      {"include:all.example", "198.51.100.0/24"},
      {"include:macro.example", "192.0.2.1/32"},
      {"include:there.example", ""},
      {"redirect=nets.example", "192.0.2.0/24 2001:db8::/32"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.term);
    const Flattened result = flat({c.term});
    CHECK(networks(result) == c.networks);
    CHECK(findings(result) == "");
    CHECK(result.usable());
  }
  CHECK(networks(flat({"-ip4:192.0.2.0/25", "include:nets.example"})) == "192.0.2.128/25 2001:db8::/32");
}

TEST_CASE("flatten: adjacent networks are one step, and each is counted") {
  const std::vector<std::string> run = {"ip4:192.0.2.1", "ip4:192.0.2.3", "ip6:::ffff:192.0.2.9", "ip6:2001:db8::1"};
  CHECK(networks(flat(run)) == "192.0.2.1/32 192.0.2.3/32 2001:db8::1/128");
  CHECK(findings(flat(run)) == "warning: ip6:::ffff:192.0.2.9: never matches: such clients count as IPv4; write ip4:");
  CHECK(flat(run, {.max_terms = 4}).usable());
  const Flattened too_many = flat(run, {.max_terms = 2});
  CHECK_FALSE(too_many.usable());
  CHECK(networks(too_many) == "192.0.2.1/32 192.0.2.3/32");
  CHECK(networks(flat({"ip4:192.0.2.0/30", "-ip4:192.0.2.8", "-ip4:192.0.2.9", "ip4:192.0.2.8/30", "?all"})) ==
        "192.0.2.0/30 192.0.2.10/31");
}

TEST_CASE("flatten: lookups, questions, TTL") {
  const Flattened result = flat({"include:redirect.example", "include:nets.example"});
  CHECK(result.lookups == 3);
  CHECK(result.queries == 2);  // nets.example is queried once
  CHECK(result.min_ttl == 120U);
  CHECK_FALSE(flat({"ip4:192.0.2.1"}).min_ttl.has_value());
}

TEST_CASE("flatten: terms that only a receiver can answer") {
  const Flattened result = flat({"include:exists.example"});
  CHECK(networks(result) == "192.0.2.1/32");
  REQUIRE(result.passthrough.size() == 1);
  CHECK(result.passthrough[0].term == "exists:%{i}._spf.%{d}");
  CHECK(result.passthrough[0].record->to_string() == "exists.example");
  CHECK(result.passthrough[0].lookups == 1);
  CHECK(result.passthrough[0].except.empty());
  CHECK(findings(result) == "");

  const Flattened nested = flat({"include:nested.example", "include:exists.example", "exists:%{ir}.x.example"});
  REQUIRE(nested.passthrough.size() == 2);
  CHECK_FALSE(nested.passthrough[1].record.has_value());
  CHECK(nested.passthrough[0].except.empty());  // the second include asks it for everybody
}

TEST_CASE("flatten: addresses that must never reach a pass-through term") {
  const auto except = [](const std::vector<std::string>& terms) {
    const Flattened result = flat(terms);
    CHECK(findings(result) == "");
    REQUIRE(result.passthrough.size() == 1);
    std::string out;
    for (const IpPrefix& network : result.passthrough[0].except.to_prefixes()) out += " " + network.to_string();
    return out;
  };
  CHECK(except({"include:nested.example"}) == " 192.0.2.0/24");
  CHECK(except({"-ip4:192.0.2.0/31", "include:exists.example"}) == " 192.0.2.0/31");
  CHECK(except({"ip4:192.0.2.0", "-ip4:192.0.2.0/31", "include:exists.example"}) == " 192.0.2.1/32");
  CHECK(except({"~include:nets.example", "exists:%{i}.x.example"}) == " 192.0.2.0/24 2001:db8::/32");
  CHECK(except({"-ip6:::/0", "exists:%{i}.x.example"}) == " ::/0");
  CHECK(except({"-ip4:0.0.0.0/1", "exists:%{i}.x.example"}) == " 0.0.0.0/1");
  CHECK(except({"exists:%{i}.x.example", "-ip4:192.0.2.0/24"}) == "");
  CHECK_FALSE(flatten_with_two_excepted({.max_except = 1}).usable());
  CHECK(flatten_with_two_excepted({.max_except = 2}).usable());
}

TEST_CASE("flatten: findings, word for word") {
  struct Case {
    const char* term;
    const char* networks;
    const char* findings;
  };
  constexpr Case kCases[] = {
      {"include:odd.example", "192.0.2.1/32",
       "warning: odd.example: ptr: depends on the client's reverse DNS and cannot be turned into networks; "
       "clients that it alone would authorise are not authorised\n"
       "warning: odd.example: exists:%{h}.x.example: depends on \"%{h}\", which differs from message to message; "
       "clients that it alone would authorise are not authorised\n"
       "warning: odd.example: include:%{l}.y.example: depends on \"%{l}\", which differs from message to message; "
       "clients that it alone would authorise are not authorised"},
      {"include:block.example", "192.0.2.1/32",
       "error: block.example: -exists:%{ir}.bl.example: refuses clients one by one, which networks cannot express; "
       "terms after it would authorise too many addresses; write the networks you trust as \"ip4:\" and \"ip6:\" "
       "terms instead"},
      {"include:harmless.example", "192.0.2.1/32", ""},
      {"include:loop.example", "192.0.2.1/32",
       "error: loop2.example: include:loop.example: is a loop: loop.example -> loop2.example -> loop.example; tell the "
       "vendor, receivers meet the same error"},
      {"include:broken.example", "",
       "error: include:broken.example: the record of \"broken.example\", at 21: \"ipv4:192.0.2.2\": "
       "\"ipv4\" is not a mechanism; did you mean \"ip4\"?; tell the vendor, receivers meet the same error"},
      {"include:missing.example", "192.0.2.1/32",
       "error: missing.example: include:none.example: \"none.example\" has no SPF record; check the name, or ask the "
       "vendor"},
      {"include:two.example", "",
       "error: include:two.example: \"two.example\" has several SPF records; tell the vendor, receivers meet the same "
       "error"},
      {"include:slow.example", "", "error: include:slow.example: TXT slow.example: timeout; try again later"},
      {"include:half.example", "192.0.2.1/32 203.0.113.1/32",
       "error: half.example: a:half2.example: AAAA half2.example: timeout; try again later"},
      {"include:wide.example", "192.0.2.1/32",
       "error: \"10.0.0.0/7\" is wider than /8 and is refused; write \"allow_wide\": true if this is intended\n"
       "error: wide.example: ip4:10.0.0.0/7: authorises a network that is too wide"},
      {"include:plusall.example", "",
       "error: \"0.0.0.0/0\" is wider than /8 and is refused; write \"allow_wide\": true if this is intended\n"
       "error: \"::/0\" is wider than /16 and is refused; write \"allow_wide\": true if this is intended\n"
       "error: plusall.example: +all: authorises a network that is too wide"},
      {"include:mapped.example", "192.0.2.1/32",
       "warning: mapped.example: ip6:::ffff:192.0.2.1: never matches: such clients count as IPv4; write ip4:"},
      {"a", "", "error: a: needs a domain here; write \"a:example.com\""},
      {"include:%{d}.x.example", "",
       "warning: include:%{d}.x.example: depends on \"%{d}\", which is the name of each record that this term is put "
       "in; "
       "clients that it alone would authorise are not authorised"},
      {"ipv4:192.0.2.1", "", "error: \"ipv4:192.0.2.1\": \"ipv4\" is not a mechanism; did you mean \"ip4\"?"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.term);
    const Flattened result = flat({c.term});
    CHECK(networks(result) == c.networks);
    CHECK(findings(result) == c.findings);
  }
  CHECK(networks(flat({"include:plusall.example"}, {.allow_wide = true})) == "0.0.0.0/0 ::/0");
}

TEST_CASE("flatten: a hostile tree stays within its limits") {
  std::string zone = "{";
  for (int level = 0; level < 9; ++level) {
    std::string record = "v=spf1";
    for (int i = 0; i < 500; ++i) record += " include:l" + std::to_string(level + 1) + ".example";
    zone += "\"l" + std::to_string(level) + ".example\": [{\"TXT\": \"" + record + "\"}],";
  }
  zone += R"("l9.example": [{"TXT": "v=spf1 exists:%{i}.x.example ip4:192.0.2.1"}]})";
  ZoneData dns = ZoneData::parse(zone).value();
  const std::vector<std::string> terms = {"include:l0.example"};
  const Flattened result = flatten(dns, terms);
  CHECK(networks(result) == "192.0.2.1/32");
  CHECK(result.queries == 10);
  CHECK(result.lookups == 1000);
  CHECK(result.passthrough.size() == 1);
  CHECK_FALSE(flatten(dns, terms, {.max_depth = 3}).usable());
  CHECK_FALSE(flatten(dns, terms, {.max_records = 3}).usable());
  CHECK_FALSE(flatten(dns, terms, {.max_queries = 3}).usable());
  CHECK_FALSE(flatten(dns, terms, {.max_terms = 300}).usable());
}
