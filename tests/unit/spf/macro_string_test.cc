#include "policy/spf/macro_string.h"

#include <doctest/doctest.h>

using emailauth::IpAddress;
using emailauth::spf::Macro;
using emailauth::spf::MacroString;
using emailauth::spf::MacroUse;
using emailauth::spf::MacroValues;
using emailauth::spf::NameCut;

namespace {

// The example of RFC 7208, 7.4.
MacroValues example(const char* client = "192.0.2.3") {
  MacroValues values;
  values.local_part = "strong-bad";
  values.sender_domain = values.domain = "email.example.com";
  values.client = IpAddress::parse(client).value();
  values.validated = "mx.example.org";
  values.helo = "mx.example.org";
  values.receiver = "receiver.example";
  values.now = 1234567890;
  return values;
}

std::string expanded(const char* text, const MacroValues& values = example()) {
  return MacroString::parse(text, MacroUse::explanation).value().expand(values);
}

}  // namespace

TEST_CASE("MacroString: expansion, RFC 7208 section 7.4 and beyond") {
  struct Case {
    const char* text;
    const char* value;
  };
  constexpr Case kCases[] = {
      {"%{s}", "strong-bad@email.example.com"},
      {"%{o}", "email.example.com"},
      {"%{d}", "email.example.com"},
      {"%{d4}", "email.example.com"},
      {"%{d3}", "email.example.com"},
      {"%{d2}", "example.com"},
      {"%{d1}", "com"},
      {"%{dr}", "com.example.email"},
      {"%{d2r}", "example.email"},
      {"%{l}", "strong-bad"},
      {"%{l-}", "strong.bad"},
      {"%{lr}", "strong-bad"},
      {"%{lr-}", "bad.strong"},
      {"%{l1r-}", "strong"},
      {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
      {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
      {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
      {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
      {"%{h}|%{p}|%{c}|%{r}|%{t}", "mx.example.org|mx.example.org|192.0.2.3|receiver.example|1234567890"},
      {"%%%_%-.", "% %20."},
      {"%{S}", "strong-bad%40email.example.com"},
      {"%{d00002}", "example.com"},
      {"%{d99999999999999999999}", "email.example.com"},
      {"%{DR}", "com.example.email"},
      {"%{s.@}", nullptr},
      {"%{sr=-}", "bad@email.example.com.strong"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    if (c.value == nullptr) {
      CHECK_FALSE(MacroString::parse(c.text, MacroUse::explanation).ok());
    } else {
      CHECK(expanded(c.text) == c.value);
    }
  }
}

TEST_CASE("MacroString: IPv6 and IPv4-mapped clients") {
  CHECK(expanded("%{ir}.%{v}._spf.%{d2}", example("2001:db8::cb01")) ==
        "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com");
  CHECK(expanded("%{c}", example("2001:DB8::CB01")) == "2001:db8::cb01");
  CHECK(expanded("%{i} %{v} %{c}", example("::ffff:192.0.2.3")) == "192.0.2.3 in-addr 192.0.2.3");
}

TEST_CASE("MacroString: as a domain, at most 253 characters, whole labels cut from the left") {
  const auto domain = [](const std::string& text) {
    return MacroString::parse(text, MacroUse::domain_spec).value().expand_domain(example());
  };
  CHECK(domain("a.example.com.") == "a.example.com");
  CHECK(domain("%{d}") == "email.example.com");
  const std::string label(49, 'x');
  const std::string fifty = label + ".";
  const std::string exactly = std::string("abc.") + fifty + fifty + fifty + fifty + std::string(41, 'y') + ".example";
  REQUIRE(exactly.size() == 253);
  CHECK(domain(exactly) == exactly);
  CHECK(domain("a" + exactly) == exactly.substr(4));
  CHECK(domain("b." + exactly) == exactly);
  CHECK(domain(std::string(300, 'z') + ".com") == "com");
}

TEST_CASE("MacroString: receivers differ on labels of more than 63 octets") {
  const auto domain = [](const std::string& text, NameCut cut) {
    return MacroString::parse(text, MacroUse::domain_spec).value().expand_domain(example(), cut);
  };
  const std::string long_label = "192.0.2.1." + std::string(230, 'a') + ".198.51.100.1._ip.example.com";
  CHECK(domain(long_label, NameCut::any_label) == "198.51.100.1._ip.example.com");
  CHECK(domain(long_label, NameCut::valid_labels) == long_label);
  CHECK(domain(long_label, NameCut::short_labels) ==
        "192.0.2.1." + std::string(63, 'a') + ".198.51.100.1._ip.example.com");
  const std::string label(62, 'x');
  const std::string many_labels = "1.2." + label + "." + label + "." + label + "." + label + ".com";
  REQUIRE(many_labels.size() == 259);
  CHECK(domain(std::string(64, 'z') + ".com", NameCut::valid_labels) == std::string(64, 'z') + ".com");
  for (const NameCut cut : {NameCut::any_label, NameCut::valid_labels, NameCut::short_labels}) {
    CHECK(domain(many_labels, cut) == many_labels.substr(67));
    CHECK(domain("a.example.com.", cut) == "a.example.com");
  }
}

TEST_CASE("MacroString: text to value and back") {
  struct Case {
    const char* text;
    const char* canonical;
  };
  constexpr Case kCases[] = {
      {"%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net", "%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net"},
      {"%{D2R-.}", "%{D2r-.}"},
      {"a%%b%_c%-d.example.com", "a%%b%_c%-d.example.com"},
      {"%%20.example.com", "%-.example.com"},
      {"foo%-", "foo%-"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const auto parsed = MacroString::parse(c.text, MacroUse::domain_spec);
    REQUIRE(parsed.ok());
    CHECK(parsed->to_string() == c.canonical);
    CHECK(MacroString::parse(parsed->to_string(), MacroUse::domain_spec).value() == *parsed);
  }
}

TEST_CASE("MacroString: parts and letters") {
  const MacroString text = MacroString::parse("x.%{I2r+}%%.%{d}", MacroUse::domain_spec).value();
  REQUIRE(text.parts().size() == 4);
  CHECK(std::get<std::string>(text.parts()[0]) == "x.");
  CHECK(std::get<Macro>(text.parts()[1]) == Macro{'i', true, 2, true, "+"});
  CHECK(std::get<std::string>(text.parts()[2]) == "%.");
  CHECK(text.uses('i'));
  CHECK_FALSE(text.uses('h'));
  CHECK(text.has_macros());
  CHECK_FALSE(MacroString::parse("%%.example.com", MacroUse::domain_spec).value().has_macros());
}

TEST_CASE("MacroString: rejected text, where, and the exact message") {
  struct Case {
    const char* text;
    MacroUse use;
    std::size_t offset;
    const char* error;
  };
  constexpr auto kDomain = MacroUse::domain_spec;
  constexpr Case kCases[] = {
      {"", kDomain, 0, "a domain is missing"},
      {"localhost", kDomain, 0,
       R"("localhost" is not a domain; end it in a top-level name as in "example.com", or in a macro)"},
      {"a.%{d}com", kDomain, 6,
       R"("a.%{d}com" is not a domain; end it in a top-level name as in "example.com", or in a macro)"},
      {"%{d}.", kDomain, 4,
       R"("%{d}." is not a domain; end it in a top-level name as in "example.com", or in a macro)"},
      {"a.b.123", kDomain, 0,
       R"("a.b.123" is not a domain; end it in a top-level name as in "example.com", or in a macro)"},
      {"a.b.-c", kDomain, 0,
       R"("a.b.-c" is not a domain; end it in a top-level name as in "example.com", or in a macro)"},
      {"a.%(d).com", kDomain, 2, R"("%(" is not a macro; write "%{d}", or "%%" for a percent sign)"},
      {"a.com%", kDomain, 5, R"("%" is not a macro; write "%{d}", or "%%" for a percent sign)"},
      {"%{z}.com", kDomain, 0, R"("%{z" is not a macro; the letters are s l o d i p h v (c r t in exp text))"},
      {"%{", kDomain, 0, R"("%{" is not a macro; the letters are s l o d i p h v (c r t in exp text))"},
      {"x.%{c}.com", kDomain, 2, R"("%{c" is allowed only in the text of an explanation)"},
      {"%{d0}.com", kDomain, 3, R"("0" parts of a macro cannot be kept; write 1 or more)"},
      {"%{ir3}.com", kDomain, 0,
       R"("%{ir3" is not a macro; write a letter, digits, "r", delimiters, "}", in this order)"},
      {"%{d", kDomain, 0, R"("%{d" is not a macro; write a letter, digits, "r", delimiters, "}", in this order)"},
      {"a b.com", kDomain, 1, R"(a character that is not printable ASCII; write names as A-labels ("xn--..."))"},
      {"b\xc3\xbc.com", MacroUse::modifier, 1,
       R"(a character that is not printable ASCII; write names as A-labels ("xn--..."))"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    std::size_t offset = 999;
    const auto parsed = MacroString::parse(c.text, c.use, &offset);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message == c.error);
    CHECK(offset == c.offset);
  }
}
