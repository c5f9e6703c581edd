#include "policy/publish/spf_cost.h"

#include <doctest/doctest.h>

#include "policy/spf/zone_data.h"
#include "tests/make_responder.h"

namespace emailauth {

namespace {

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net", "_h.provider.net", "_r.provider.net"],
  "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.net", "include:%{i}._ip.%{h}._ehlo.%{d}._h.provider.net",
                    "include:%{ir}.%{d}._r.provider.net"]})";
constexpr const char* kDomain = R"({"domain": "example.com", "spf": {"senders": ["crm"]}})";
constexpr const char* kSender = R"({"sender": "crm", "name": "CRM", "spf": ["include:spf.crm.example"],
  "resolved": {"at": "2026-11-20T06:00:00Z", "networks": [],
               "passthrough": [{"term": "exists:%{i}._spf.crm.example", "lookups": 1}]}})";

}  // namespace

TEST_CASE("cost of a record: our term is evaluated, names beyond are looked up or count one") {
  const auto responder = tests::make_responder(kResponder, {kDomain}, {kSender});
  auto dns = spf::ZoneData::parse(R"({
      "spf.crm.example": [{"TXT": "v=spf1 include:a.crm.example exists:%{i}._spf.crm.example ~all"}],
      "a.crm.example": [{"TXT": "v=spf1 ip4:203.0.113.0/24 ~all"}], "_spf.crm.example": [{"TXT": "x"}]})");
  REQUIRE(dns.ok());
  struct Case {
    const char* terms;
    bool asked;
    int lookups;
    int void_lookups;
    const char* error;
  };
  const Case cases[] = {
      {"include:%{ir}.%{v}.%{d}._spf.provider.net", true, 2, 1, ""},
      {"include:%{i}._ip.%{h}._ehlo.%{d}._h.provider.net", true, 3, 1, ""},
      {"include:%{ir}.%{d}._r.provider.net", true, 3, 1, ""},
      {"include:%{ir}.%{v}.%{d}._spf.provider.net include:spf.crm.example", true, 5, 2, ""},
      {"include:%{ir}.%{v}.%{d}._spf.provider.net include:spf.crm.example", false, 3, 1, ""},
      {"include:%{i}._ip.%{h}._ehlo.%{d}._h.provider.net include:spf.crm.example", true, 6, 2, ""},
      {"include:nosuch.example", true, 1, 0, "\"nosuch.example\" has no SPF record"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.terms);
    const SpfCost cost = cost_of_record(*responder, *Name::parse("example.com"),
                                        std::string("v=spf1 ") + c.terms + " ~all", c.asked ? &*dns : nullptr);
    CHECK(cost.lookups == c.lookups);
    CHECK(cost.void_lookups == c.void_lookups);
    CHECK(cost.error == c.error);
  }
}

}  // namespace emailauth
