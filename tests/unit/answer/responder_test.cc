#include "policy/answer/responder.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/make_responder.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::make_responder;

namespace {

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net", "hosted.provider.net", "reports.provider.net"], "mirror_zone": "hosted.provider.net",
  "report_mailbox": "mailto:d@reports.provider.net", "report_mx": ["mx.provider.net"],
  "spf_templates": ["include:%{i}._ip.%{d}._spf.provider.net", "include:_s.%{d}._t._spf.provider.net"]})";
constexpr const char* kDomain =
    R"({"domain": "example.com", "aliases": ["example_com"], "spf": {"netblocks": [{"network": "192.0.2.1"}]},
  "dmarc": {"p": "none"}, "mta_sts": {"id": "1"}, "tls_rpt": {"rua": ["mailto:t@example.com"]}, "bimi": {"default": {"logo": ""}},
  "dkim": {"keys": [{"selector": "a.b", "cname": "x.example"}, {"selector": "c", "cname": "y.example"}]}})";

std::set<std::string> names_of(const Responder& responder, const char* zone) {
  std::set<std::string> out;
  responder.for_each_name(responder.zone_at(Name::parse(zone).value()).value(),
                          [&](const Name& name) { out.insert(name.to_string()); });
  return out;
}

}  // namespace

TEST_CASE("Responder: its zones") {
  const auto responder = make_responder(kResponder, {kDomain});
  std::set<std::string> apexes;
  std::set<std::uint32_t> ids;
  responder->for_each_zone([&](const ZoneInfo& zone) {
    apexes.insert(zone.apex.to_string());
    ids.insert(zone.id);
    CHECK(zone.id >= 0x40000000U);
    CHECK(zone.id <= 0x7fffffffU);
    CHECK(responder->zone_at(zone.apex)->id == zone.id);
    CHECK(responder->answer(zone.apex).zone_id == zone.id);
    CHECK(zone.serial > 0);
  });
  CHECK(apexes == std::set<std::string>{"_spf.provider.net", "hosted.provider.net", "reports.provider.net",
                                        "_dmarc.example.com", "_domainkey.example.com", "_bimi.example.com",
                                        "_mta-sts.example.com", "_smtp._tls.example.com"});
  CHECK(ids.size() == apexes.size());
  CHECK(responder->zone_count() == apexes.size());
}

TEST_CASE("Responder: the zone a name lies in") {
  const auto responder = make_responder(kResponder, {kDomain});
  struct Case {
    const char* name;
    const char* zone;
  };
  constexpr Case kCases[] = {
      {"_spf.provider.net", "_spf.provider.net"},
      {"x.y._SPF.provider.net", "_spf.provider.net"},
      {"s1._domainkey.example.com", "_domainkey.example.com"},
      {"x._smtp._tls.example.com", "_smtp._tls.example.com"},
      {"_tls.example.com", ""},
      {"_domainkey.example_com", ""},
      {"example.com", ""},
      {"provider.net", ""},
      {"_dmarc.sub.example.com", ""},
      {".", ""},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    const auto zone = responder->find_zone(Name::parse(c.name).value());
    CHECK((zone ? zone->apex.to_string() : "") == c.zone);
  }
  CHECK(!responder->zone_at(Name::parse("x._spf.provider.net").value()).has_value());
}

TEST_CASE("Responder: every name that it lists exists and has a record") {
  const auto responder = make_responder(kResponder, {kDomain});
  std::size_t names = 0;
  responder->for_each_zone([&](const ZoneInfo& zone) {
    responder->for_each_name(zone, [&](const Name& name) {
      CAPTURE(name.to_string());
      ++names;
      const Answer answer = responder->answer(name);
      CHECK(answer.kind == Answer::Kind::exists);
      CHECK(!answer.records.empty());
      CHECK(answer.zone_id == zone.id);
    });
  });
  CHECK(names > 20);
  CHECK(names_of(*responder, "_domainkey.example.com") ==
        std::set<std::string>{"_domainkey.example.com", "a.b._domainkey.example.com", "c._domainkey.example.com"});
  CHECK(names_of(*responder, "_spf.provider.net") ==
        std::set<std::string>{"_spf.provider.net", "_dmarc._spf.provider.net", "_s.example.com._t._spf.provider.net",
                              "_s.example_com._t._spf.provider.net"});
  CHECK(names_of(*responder, "reports.provider.net") ==
        std::set<std::string>{"reports.provider.net", "_dmarc.reports.provider.net",
                              "example.com._report._dmarc.reports.provider.net"});
}

TEST_CASE("Responder: which answers are endless, and must not be cached") {
  const auto responder = make_responder(
      kResponder, {kDomain, R"({"domain": "revoking.example", "dkim": {"other_selectors": "revoked"}})"});
  struct Case {
    const char* name;
    bool unbounded;
  };
  constexpr Case kCases[] = {
      {"192.0.2.1._ip.example.com._spf.provider.net", true},
      {"2.1._ip.example.com._spf.provider.net", true},
      {"_ip.example.com._spf.provider.net", false},
      {"example.com._spf.provider.net", false},
      {"_s.example.com._t._spf.provider.net", false},
      {"_s.sub.example.com._t._spf.provider.net", true},
      {"_dmarc.example.com", false},
      {"c._domainkey.example.com", false},
      {"any._domainkey.revoking.example", true},
      {"_spf.provider.net", false},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CHECK(responder->answer(Name::parse(c.name).value()).unbounded == c.unbounded);
  }
}

TEST_CASE("Responder: octets that are not a name are outside, and an answer is overwritten") {
  const auto responder = make_responder(kResponder, {kDomain});
  Answer answer = responder->answer(Name::parse("_dmarc.example.com").value());
  REQUIRE(!answer.records.empty());
  using namespace std::string_literals;
  for (const std::string& wire : {""s, "\5_spf"s, "\300\14"s, std::string(300, 'x')}) {
    responder->answer(wire, answer);
    CHECK(answer.kind == Answer::Kind::outside);
    CHECK(answer.records.empty());
    CHECK(answer.zone_id == 0);
  }
}

TEST_CASE("Responder: a policy without templates or domains serves its zones") {
  const auto responder = make_responder(
      R"({"nameservers": ["ns1.provider.net"], "hostmaster": "first.last@provider.net", "zones": ["z.provider.net"]})",
      {});
  CHECK(ask(*responder, "z.provider.net") ==
        std::vector<std::string>{R"(SOA ns1.provider.net first\.last.provider.net 1 10800 3600 604800 300)",
                                 "NS ns1.provider.net"});
  CHECK(ask(*responder, "x.z.provider.net") == std::vector<std::string>{"NXDOMAIN"});
}
