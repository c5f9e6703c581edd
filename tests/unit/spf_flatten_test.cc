#include "policy/spf/flatten.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "policy/spf/evaluator.h"
#include "policy/spf/zone_data.h"

using emailauth::IpAddress;
using emailauth::IpPrefix;
using emailauth::spf::check_host;
using emailauth::spf::Evaluation;
using emailauth::spf::flatten;
using emailauth::spf::Flattened;
using emailauth::spf::FlattenOptions;
using emailauth::spf::PassThrough;
using emailauth::spf::Question;
using emailauth::spf::Verdict;
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

TEST_CASE("flatten: lookups, questions, TTL") {
  const Flattened result = flat({"include:redirect.example", "include:nets.example"});
  CHECK(result.lookups == 3);
  CHECK(result.queries == 2);  // nets.example is asked for once
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
  CHECK(findings(flat({"include:nested.example"})) ==
        "warning: exists.example: exists:%{i}._spf.%{d}: terms before it refuse addresses that this term, alone, could "
        "authorise");
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
       "terms behind it would authorise too many addresses"},
      {"include:harmless.example", "192.0.2.1/32", ""},
      {"include:loop.example", "192.0.2.1/32",
       "error: loop2.example: include:loop.example: is a loop: loop.example -> loop2.example -> loop.example"},
      {"include:broken.example", "",
       "error: include:broken.example: the record of \"broken.example\", at 21: \"ipv4:192.0.2.2\": "
       "\"ipv4\" is not a mechanism; did you mean \"ip4\"?"},
      {"include:missing.example", "192.0.2.1/32",
       "error: missing.example: include:none.example: \"none.example\" has no SPF record"},
      {"include:two.example", "", "error: include:two.example: \"two.example\" has several SPF records"},
      {"include:slow.example", "", "error: include:slow.example: TXT slow.example: timeout; try again later"},
      {"include:half.example", "192.0.2.1/32 203.0.113.1/32",
       "error: half.example: a:half2.example: AAAA half2.example: timeout; try again later"},
      {"include:wide.example", "192.0.2.1/32",
       "error: \"10.0.0.0/7\" is wider than /8 and is refused; allow wide networks if this is meant\n"
       "error: wide.example: ip4:10.0.0.0/7: authorises a network that is too wide"},
      {"include:plusall.example", "",
       "error: \"0.0.0.0/0\" is wider than /8 and is refused; allow wide networks if this is meant\n"
       "error: \"::/0\" is wider than /16 and is refused; allow wide networks if this is meant\n"
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

namespace {

// Random records of four domains that name each other, hosts and networks.
class RandomZone {
 public:
  explicit RandomZone(unsigned seed) : random_(seed) {}

  std::string json() {
    std::string out = R"({"h0.example": [{"A": "192.0.2.5"}, {"A": "192.0.2.70"}, {"AAAA": "2001:db8::5"}],
      "h1.example": [{"A": "192.0.2.130"}, {"MX": [1, "h0.example"]}],
      "192.0.2.5.x.d0.example": [{"A": "127.0.0.2"}], "192.0.2.70.x.d1.example": [{"A": "127.0.0.2"}])";
    for (int i = 0; i < 4; ++i) out += ",\"d" + std::to_string(i) + ".example\": [{\"TXT\": \"" + record(i) + "\"}]";
    return out + "}";
  }

  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

 private:
  std::string record(int own) {
    static constexpr const char* kQualifiers[] = {"", "", "", "-", "~", "?"};
    std::string out = "v=spf1";
    for (unsigned n = below(6); n > 0; --n) out += std::string(" ") + kQualifiers[below(6)] + mechanism(own);
    if (below(3) == 0 && own < 3) return out + " redirect=d" + std::to_string(own + 1) + ".example";
    return out + (below(2) == 0 ? " -all" : "");
  }

  std::string mechanism(int own) {
    const std::string host = below(2) == 0 ? "h0.example" : "h1.example";
    switch (below(own < 3 ? 6 : 5)) {
      case 0: return "a:" + host + (below(2) == 0 ? "/26" : "//64");
      case 1: return "mx:h1.example/27";
      case 2: return "exists:%{i}.x.%{d}";
      case 3: return "ip6:2001:db8::" + std::to_string(below(8)) + "/126";
      case 4: return "ip4:192.0.2." + std::to_string(below(256)) + "/" + std::to_string(24 + below(9));
      default: return "include:d" + std::to_string(own + 1) + ".example";
    }
  }

  std::mt19937 random_;
};

bool evaluates_to_pass(ZoneData& dns, const std::string& domain, const IpAddress& client) {
  Question question;
  question.client = client;
  question.mail_from = "u@" + domain;
  return check_host(dns, question, {.terms = 1000, .void_lookups = 1000}).verdict == Verdict::pass;
}

// What the responder does with a flattened sender, for terms of the form "exists:%{i}.x.%{d}".
bool authorised(ZoneData& dns, const Flattened& flat_sender, const IpAddress& client) {
  if (flat_sender.addresses.contains(client)) return true;
  return std::any_of(flat_sender.passthrough.begin(), flat_sender.passthrough.end(), [&](const PassThrough& term) {
    if (term.except.contains(client)) return false;
    if (!client.is_v4()) return false;  // no such name in these zones
    const std::string name = client.to_string() + ".x." + term.record->to_string();
    return !dns.query(emailauth::Name::parse(name).value(), emailauth::spf::QueryType::a).empty();
  });
}

}  // namespace

TEST_CASE("flatten: random records agree with check_host, address by address") {
  int compared = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    RandomZone random(seed);
    const std::string zone = random.json();
    CAPTURE(zone);
    ZoneData dns = ZoneData::parse(zone).value();
    const std::vector<std::string> terms = {"include:d0.example"};
    const Flattened result = flatten(dns, terms, {.allow_wide = true});
    if (!result.usable()) continue;  // a refusal that networks cannot express
    for (unsigned i = 0; i < 40; ++i) {
      const unsigned host = i == 0 ? 5 : i == 1 ? 70 : random.below(256);
      std::array<std::uint8_t, 16> octets = {0x20, 0x01, 0x0d, 0xb8};
      octets[15] = static_cast<std::uint8_t>(host % 16);
      const IpAddress client = i % 4 == 3 ? IpAddress::v6(octets) : IpAddress::v4(0xc0000200U + host);
      CAPTURE(client.to_string());
      REQUIRE(authorised(dns, result, client) == evaluates_to_pass(dns, "d0.example", client));
      ++compared;
    }
  }
  CHECK(compared > 15000);
}
