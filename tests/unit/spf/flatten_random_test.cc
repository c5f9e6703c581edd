// flatten() against check_host() on random records, address by address.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "policy/spf/evaluator.h"
#include "policy/spf/flatten.h"
#include "policy/spf/zone_data.h"

using emailauth::IpAddress;
using emailauth::spf::check_host;
using emailauth::spf::flatten;
using emailauth::spf::Flattened;
using emailauth::spf::PassThrough;
using emailauth::spf::Question;
using emailauth::spf::Verdict;
using emailauth::spf::ZoneData;

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
    return !dns.ask(emailauth::Name::parse(name).value(), emailauth::RecordType::a).empty();
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
