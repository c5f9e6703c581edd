#include "policy/spf/zone_data.h"

#include <doctest/doctest.h>

#include "policy/spf/target_name.h"

using emailauth::describe;
using emailauth::Name;
using emailauth::RecordType;
using emailauth::spf::is_sender_domain;
using emailauth::spf::plain_text;
using emailauth::spf::target_name;
using emailauth::spf::ZoneData;

TEST_CASE("ZoneData: answers") {
  ZoneData dns = ZoneData::parse(R"({
    "Example.com": [ {"TXT": ["v=spf1 ", "-all"]}, {"TXT": "second"}, {"MX": [20, "b.example"]}, {"MX": [5, "a.example"]}, {"TTL": 60} ],
    "spf.example": [ {"SPF": "v=spf1 ?all"} ],
    "both.example": [ {"SPF": "v=spf1 ?all"}, {"TXT": "v=spf1 -all"} ],
    "none.example": [ {"SPF": "v=spf1 ?all"}, {"TXT": "NONE"} ],
    "null.example": [ {"MX": [0, "."]} ],
    "www.example": [ {"CNAME": "spf.example"} ],
    "loop.example": [ {"CNAME": "loop.example"} ],
    "late.example": [ {"A": "192.0.2.1"}, {"TIMEOUT": true} ],
    "bad.example": [ {"RCODE": 2} ]
  })")
                     .value();
  struct Case {
    const char* name;
    RecordType type;
    const char* answer;
  };
  constexpr Case kCases[] = {
      {"example.COM", RecordType::txt, "2 records"},   {"example.com", RecordType::mx, "2 records"},
      {"example.com", RecordType::a, "no records"},    {"x.example.com", RecordType::a, "NXDOMAIN"},
      {"spf.example", RecordType::txt, "1 record"},    {"both.example", RecordType::txt, "1 record"},
      {"none.example", RecordType::txt, "no records"}, {"null.example", RecordType::mx, "1 record"},
      {"www.example", RecordType::txt, "1 record"},    {"loop.example", RecordType::txt, "SERVFAIL"},
      {"late.example", RecordType::a, "1 record"},     {"late.example", RecordType::aaaa, "timeout"},
      {"bad.example", RecordType::a, "SERVFAIL"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CHECK(describe(dns.ask(Name::parse(c.name).value(), c.type)) == c.answer);
  }
  CHECK(dns.ask(Name::parse("example.com").value(), RecordType::txt).texts[0] == "v=spf1 -all");
  CHECK(dns.ask(Name::parse("example.com").value(), RecordType::txt).ttl == 60);
  CHECK(dns.ask(Name::parse("example.com").value(), RecordType::mx).names[0].to_string() == "a.example");
}

TEST_CASE("ZoneData: rejected text, and the exact message") {
  struct Case {
    const char* text;
    const char* error;
  };
  constexpr Case kCases[] = {
      {"{", "the zone data is not JSON; check commas, quotes and brackets"},
      {"[]", R"(: the zone data is not an object; write {"example.com": [ ... ]})"},
      {R"({"a.example": [], "a.example": []})", R"("a.example" appears twice in one object; join the two lists)"},
      {R"({"a..b": []})", R"(/a..b: "a..b" is not a domain name: it has an empty label)"},
      {R"({"a.b": {}})", R"(/a.b: the records of a name are not a list; write [ {"A": "192.0.2.1"} ])"},
      {R"({"a.b": [1]})", R"(/a.b/0: a record is not an object; write {"TXT": "v=spf1 -all"})"},
      {R"({"a.b": [{"A": "::1"}]})", R"(/a.b/0: "::1" is not an address for A)"},
      {R"({"a.b": [{"A": "192.0.2.1"}, {"MX": "a.b"}]})",
       R"(/a.b/1: an MX is not a pair; write [10, "mx.example.com"])"},
      {R"({"a.b": [{"TXT": 1}]})", "/a.b/0: a text is neither a string nor a list of strings"},
      {R"({"a.b": [{"LOC": 1}]})",
       R"(/a.b/0: "LOC" is not a type; use A, AAAA, CNAME, MX, PTR, TXT, TTL, TIMEOUT or RCODE)"},
      {R"({"a.b": [{"TTL": -1}]})", "/a.b/0: a number is not in 0..2147483647"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const auto zone = ZoneData::parse(c.text);
    REQUIRE_FALSE(zone.ok());
    CHECK(zone.error().message == c.error);
  }
}

TEST_CASE("target_name: plain text, in which a backslash is a character") {
  CHECK(target_name("a.example.").value() == Name::parse("a.example").value());
  CHECK(target_name("a\\.b").value().label_count() == 2);
  CHECK(plain_text(target_name("A b\\.example").value()) == "a b\\.example");
  for (const char* text : {"", ".", "a..b", ".a", "a.."}) CHECK_FALSE(target_name(text).ok());
  CHECK_FALSE(target_name(std::string(64, 'a') + ".example").ok());
  CHECK_FALSE(is_sender_domain(target_name("localhost").value()));
  CHECK(is_sender_domain(target_name("a.b").value()));
}
