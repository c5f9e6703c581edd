#include "policy/spf/record.h"

#include <doctest/doctest.h>

using emailauth::spf::check_record;
using emailauth::spf::MechanismKind;
using emailauth::spf::Qualifier;
using emailauth::spf::Record;

TEST_CASE("Record: text in, canonical text out, and the same again") {
  struct Case {
    const char* text;
    const char* canonical;
  };
  constexpr Case kCases[] = {
      {"v=spf1", "v=spf1"},
      {"V=SPF1   ", "v=spf1"},
      {"v=spf1 +all", "v=spf1 all"},
      {"v=spf1  -ALL ", "v=spf1 -all"},
      {"v=spf1 ip4:192.0.2.1 ip4:192.0.2.7/24 ~all", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ~all"},
      {"v=spf1 ip4:192.0.2.1/32 ip4:1.2.3.4/0", "v=spf1 ip4:192.0.2.1 ip4:0.0.0.0/0"},
      {"v=spf1 ip6:2001:DB8::1 ?ip6:2001:db8::/32 ip6:::/0", "v=spf1 ip6:2001:db8::1 ?ip6:2001:db8::/32 ip6:::/0"},
      {"v=spf1 ip6:::ffff:192.0.2.1", "v=spf1 ip6:::ffff:c000:201"},
      {"v=spf1 a mx/24 a//64 a/24//64 A:x.example.com/8", "v=spf1 a mx/24 a//64 a/24//64 a:x.example.com/8"},
      {"v=spf1 a/32//128 mx//0 a/0", "v=spf1 a mx//0 a/0"},
      {"v=spf1 a:x/1.example.com/24", "v=spf1 a:x/1.example.com/24"},
      {"v=spf1 include:x.example.com. ptr ptr:%{d} exists:%{ir}.%{v}.x.example.com",
       "v=spf1 include:x.example.com. ptr ptr:%{d} exists:%{ir}.%{v}.x.example.com"},
      {"v=spf1 exists:%{i}.100/86400.rate.%{d}", "v=spf1 exists:%{i}.100/86400.rate.%{d}"},
      {"v=spf1 exp=e.example.com redirect=_spf.%{d} -all", "v=spf1 -all redirect=_spf.%{d} exp=e.example.com"},
      {"v=spf1 moo.cow-far_out=man:dog/cat a=b X= x=%{c}", "v=spf1 moo.cow-far_out=man:dog/cat a=b x= x=%{c}"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const auto record = Record::parse(c.text);
    REQUIRE(record.ok());
    CHECK(record->to_string() == c.canonical);
    CHECK(Record::parse(record->to_string()).value().to_string() == c.canonical);
    CHECK(check_record(c.text).empty());
  }
}

TEST_CASE("Record: its parts") {
  const Record record =
      Record::parse("v=spf1 ~a:a.example/24//64 -exists:%{i}.x.example ?all redirect=r.example").value();
  REQUIRE(record.mechanisms().size() == 3);
  const auto& a = record.mechanisms()[0];
  CHECK(a.kind == MechanismKind::a);
  CHECK(a.qualifier == Qualifier::softfail);
  CHECK(a.cidr4 == 24);
  CHECK(a.cidr6 == 64);
  CHECK(a.domain->to_string() == "a.example");
  CHECK(a.asks_dns());
  CHECK(a.span.offset == 7);
  CHECK(record.text_of(a.span) == "~a:a.example/24//64");
  CHECK(record.mechanisms()[2].qualifier == Qualifier::neutral);
  CHECK_FALSE(record.mechanisms()[2].asks_dns());
  REQUIRE(record.redirect() != nullptr);
  CHECK(record.redirect()->value.to_string() == "r.example");
  CHECK(record.explanation() == nullptr);
}

TEST_CASE("Record: what is and is not SPF") {
  for (const char* text : {"v=spf1", "v=spf1 ", "V=sPf1 -all", "v=spf1 nonsense"}) CHECK(Record::has_version(text));
  for (const char* text : {"", "v=spf", "v=spf10", "v=spf1-all", " v=spf1", "v=spf2.0/mfrom", "v=spf1\t-all"}) {
    CHECK_FALSE(Record::has_version(text));
  }
}

TEST_CASE("Record: rejected text, where, and the exact message") {
  struct Case {
    const char* text;
    const char* error;
  };
  constexpr Case kCases[] = {
      {"v=spf10 -all", R"(at 0: "v=spf10 -all" is not an SPF record; begin with "v=spf1 ")"},
      {"v=spf1 ip4:192.0.2",
       R"(at 11: "ip4:192.0.2": "192.0.2" is not an IPv4 address; write "ip4:192.0.2.1" or "ip4:192.0.2.0/24")"},
      {"v=spf1 ip4:192.0.2.01",
       R"(at 11: "ip4:192.0.2.01": "192.0.2.01" is not an IPv4 address; write "ip4:192.0.2.1" or "ip4:192.0.2.0/24")"},
      {"v=spf1 ip4", R"(at 7: "ip4": an address is missing; write "ip4:192.0.2.1" or "ip4:192.0.2.0/24")"},
      {"v=spf1 ip4:2001:db8::1",
       R"(at 11: "ip4:2001:db8::1": "2001:db8::1" is not an IPv4 address; write "ip4:192.0.2.1" or "ip4:192.0.2.0/24")"},
      {"v=spf1 ip4:1.2.3.4/33", R"(at 19: "ip4:1.2.3.4/33": prefix length "33" is not in 0..32)"},
      {"v=spf1 ip4:1.2.3.4/032", R"(at 19: "ip4:1.2.3.4/032": prefix length "032" is not in 0..32)"},
      {"v=spf1 ip6:::1/129", R"(at 15: "ip6:::1/129": prefix length "129" is not in 0..128)"},
      {"v=spf1 a/24/64", R"(at 12: "a/24/64": prefix length "64" is not in 0..32)"},
      {"v=spf1 a/24/8", R"(at 8: "a/24/8": "/24" is not understood here; write "a:example.com")"},
      {"v=spf1 a//99999999999999999999",
       R"(at 10: "a//99999999999999999999": prefix length "99999999999999999999" is not in 0..128)"},
      {"v=spf1 include", R"(at 7: "include": a domain is missing; write "include:example.com")"},
      {"v=spf1 include:", R"(at 15: "include:": a domain is missing)"},
      {"v=spf1 exists:x.example/24",
       R"(at 14: "exists:x.example/24": "x.example/24" is not a domain; end it in a top-level name as in "example.com", or in a macro)"},
      {"v=spf1 -all:x", R"(at 11: "-all:x": "all" takes nothing after it; remove ":x")"},
      {"v=spf1 apple",
       R"(at 7: "apple": "apple" is not a mechanism; use all, include, a, mx, ptr, ip4, ip6 or exists)"},
      {"v=spf1 IPv4:1.2.3.4", R"(at 7: "IPv4:1.2.3.4": "ipv4" is not a mechanism; did you mean "ip4"?)"},
      {"v=spf1 redirect:x.example",
       R"(at 7: "redirect:x.example": "redirect" is not a mechanism; did you mean "redirect="?)"},
      {"v=spf1 +redirect=x.example",
       R"(at 7: "+redirect=x.example": a modifier takes no qualifier; remove the first character)"},
      {"v=spf1 redirect=x.example redirect=x.example",
       R"(at 26: "redirect=x.example": "redirect=" may occur only once in a record; remove one)"},
      {"v=spf1 exp=", R"(at 11: "exp=": a domain is missing)"},
      {"v=spf1 x=%{z}", R"(at 9: "x=%{z}": "%{z" is not a macro; the letters are s l o d i p h v (c r t in exp text))"},
      {"v=spf1 a:%{ir3}.example.com",
       R"(at 9: "a:%{ir3}.example.com": "%{ir3" is not a macro; write a letter, digits, "r", delimiters, "}", in this order)"},
      {"v=spf1 --all", R"(at 7: "--all": "-all" is not a mechanism; use all, include, a, mx, ptr, ip4, ip6 or exists)"},
      {"v=spf1 a\tmx",
       R"(at 7: "a\009mx": "a\009mx" is not a mechanism; use all, include, a, mx, ptr, ip4, ip6 or exists)"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const auto record = Record::parse(c.text);
    REQUIRE_FALSE(record.ok());
    CHECK(record.error().message == c.error);
  }
}

TEST_CASE("Record: check_record names every bad term") {
  const auto errors = check_record("v=spf1 a: mx ipv6:::1 include:x.example -all:");
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].span.offset == 9);
  CHECK(errors[1].span.offset == 13);
  CHECK(errors[2].span.offset == 44);
}

TEST_CASE("Record: larger than a TXT record") {
  std::string text = "v=spf1";
  while (text.size() <= Record::kMaxOctets) text += " ip4:192.0.2.1";
  REQUIRE(check_record(text).size() == 1);
  CHECK(check_record(text)[0].message ==
        "the record has " + std::to_string(text.size()) + " octets; a TXT record holds 65535");
}
