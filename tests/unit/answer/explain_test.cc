#include "policy/answer/explain.h"

#include <doctest/doctest.h>

#include "tests/make_responder.h"

using namespace emailauth;
using emailauth::tests::make_responder;

namespace {

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net", "hosted.provider.net"], "mirror_zone": "hosted.provider.net",
  "spf_templates": ["include:%{i}._ip.%{d}._spf.provider.net", "exists:%{i}._i.%{h}._h.%{d}._x._spf.provider.net",
                    "include:_s.%{d}._t._spf.provider.net"],
  "unsafe_exists_templates": ["exists:%{i}._i.%{h}._h.%{d}._x._spf.provider.net"]})";
constexpr const char* kDomains = R"({"domains": [
  {"domain": "example.com", "spf": {"netblocks": [{"network": "192.0.2.0/24"}, {"network": "192.0.2.8/29", "note": "mta"}],
   "senders": ["vendor"]}, "dmarc": {"p": "none"}},
  {"domain": "plain.example", "spf": {"static": false}}]})";
constexpr const char* kSender = R"({"sender": "vendor", "name": "The Vendor", "spf": ["include:_spf.vendor.example"],
  "resolved": {"at": "2026-11-20T06:00:00Z", "networks": ["198.51.100.0/24", "203.0.113.0/24"], "passthrough": [
    {"term": "exists:%{i}._spf.vendor.example", "record": "_spf.vendor.example", "except": ["10.0.0.0/8"]}]}})";

const Responder& world() {
  static const auto responder = make_responder(kResponder, {kDomains}, {kSender});
  return *responder;
}

Explanation why(const std::string& name) { return explain(world(), Name::parse(name).value()); }

}  // namespace

TEST_CASE("explain: why a DKIM key is revoked") {
  const auto responder =
      make_responder(kResponder, {R"({"domain": "a.example", "dkim": {"other_selectors": "revoked", "keys": [
           {"selector": "s1", "type": "ed25519", "public_key": "Op+WlPUSZ1NCjwLxj/nPzxNINFM7YUnQIRu8v9whf/8="},
           {"selector": "s2", "type": "ed25519", "public_key": "Op+WlPUSZ1NCjwLxj/nPzxNINFM7YUnQIRu8v9whf/8=", "revoked_on": "2020-01-01"}]}})"});
  const auto reason = [&](const char* name) { return explain(*responder, Name::parse(name).value()).reason; };
  CHECK(reason("s1._domainkey.a.example").empty());
  CHECK(reason("s2._domainkey.a.example") == "the key is revoked, by its \"state\" or its \"revoked_on\"");
  CHECK(reason("s3._domainkey.a.example") == "no key has this selector, and all others are answered as revoked");
}

TEST_CASE("explain: SPF, the verdict and its reason") {
  struct Case {
    const char* name;
    const char* outcome;
    const char* verdict;
    const char* reason;
    int lookups;
  };
  const std::string cut(60, 'h');
  const std::string long_name = "192.0.2.1._i." + cut + "." + cut + "." + cut + "._h.example.com._x._spf.provider.net";
  const Case cases[] = {
      {"192.0.2.9._ip.example.com._spf.provider.net", "answered", "authorised",
       "the address is in the netblock 192.0.2.8/29 (mta)", 1},
      {"192.0.2.1._ip.example.com._spf.provider.net", "answered", "authorised",
       "the address is in the netblock 192.0.2.0/24", 1},
      {"203.0.113.1._ip.example.com._spf.provider.net", "answered", "authorised",
       "the address is in 203.0.113.0/24 of the enabled sender \"vendor\" (The Vendor)", 1},
      {"1.2.3.4._ip.example.com._spf.provider.net", "answered", "not authorised",
       "no netblock and no enabled sender has the address; the answer passes the question on to 1 term of enabled "
       "senders",
       2},
      {"10.2.3.4._ip.example.com._spf.provider.net", "answered", "not authorised",
       "no netblock and no enabled sender has the address; an enabled sender's own record refuses the address", 1},
      {"1.2.3.4._ip.plain.example._spf.provider.net", "answered", "not authorised",
       "no netblock and no enabled sender has the address", 1},
      {"garbled._ip.example.com._spf.provider.net", "answered", "not a question",
       "the name lies below a managed domain but fits no template: cut, garbled, or never expanded", 1},
      {"_ip.example.com._spf.provider.net", "empty non-terminal", "", "more labels belong before this name", 0},
      {"_ip.no.example._spf.provider.net", "NXDOMAIN", "",
       "no managed domain has this name, covers it or lies below it", 0},
      {"_s.example.com._t._spf.provider.net", "answered", "", "the record lists all networks that may send", 1},
      {"_s.plain.example._t._spf.provider.net", "empty non-terminal", "",
       "the domain's policy has no static record (\"static\": false)", 0},
      {long_name.c_str(), "empty non-terminal", "not a question",
       "a name of 190 characters or more may have been cut by the receiver, so that another address is at its left "
       "end",
       1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Explanation got = why(c.name);
    CHECK(got.outcome == c.outcome);
    CHECK(got.verdict == c.verdict);
    CHECK(got.reason == c.reason);
    CHECK(got.lookups == c.lookups);
    CHECK(got.zone == "_spf.provider.net");
  }
}

TEST_CASE("explain: names that do not certainly contain the client's address, and the name that follows") {
  const auto responder = make_responder(
      R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net", "zones": ["_spf.provider.net"],
          "spf_templates": ["include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net", "include:%{ir}.%{d}._r._spf.provider.net",
                            "include:%{ir}.%{v}.%{d}._v._spf.provider.net"]})",
      {R"({"domain": "example.com", "spf": {"senders": ["vendor"], "netblocks": [{"network": "2001:db8::/32"}]}})"},
      {kSender});
  struct Case {
    const char* name;
    const char* verdict;
    const char* reason;
    int lookups;
    const char* next;
  };
  const std::string nobody = "no netblock and no enabled sender has the address";
  const std::string sent_on = nobody +
                              "; the answer sends receivers on to a name that certainly contains their own client's "
                              "address, which has 1 term of enabled senders";
  const std::string refused = nobody + "; an enabled sender's own record refuses the address";
  const std::string left_out =
      nobody + "; others are left out, because a name of 190 characters or more may have been cut";
  const std::string passed_on = nobody + "; the answer passes the question on to 1 term of enabled senders";
  const std::string both =
      "the address is in the netblock 2001:db8::/32; the name can be read with an IPv4 address in it, too, and the "
      "answer is for either";
  const std::string digits =
      "7.8.9.4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.example.com._r._spf.provider.net";
  const std::string a(60, 'a');
  const std::string long_name = "4.3.2.1.in-addr." + a + "." + a + "." + a + ".example.com._v._spf.provider.net";
  const Case cases[] = {
      {"1.2.3.4._ip.mta._ehlo.example.com._spf.provider.net", "not authorised", sent_on.c_str(), 3,
       "4.3.2.1.in-addr.example.com._safe._spf.provider.net"},
      {"1.2.3.4._ip.mta._ehlo.sub.example.com._spf.provider.net", "not authorised", sent_on.c_str(), 3,
       "4.3.2.1.in-addr.example.com._safe._spf.provider.net"},
      {"10.2.3.4._ip.mta._ehlo.example.com._spf.provider.net", "not authorised", refused.c_str(), 1, ""},
      {"4.3.2.1.in-addr.example.com._safe._spf.provider.net", "not authorised", passed_on.c_str(), 2, ""},
      {"4.3.2.1.in-addr.example.com._v._spf.provider.net", "not authorised", passed_on.c_str(), 2, ""},
      {long_name.c_str(), "not authorised", left_out.c_str(), 1, ""},
      {"4.3.2.1.example.com._r._spf.provider.net", "not authorised", passed_on.c_str(), 2, ""},
      {digits.c_str(), "authorised", both.c_str(), 3,
       "7.8.9.4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.example.com._safe._r._spf.provider.net"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Explanation got = explain(*responder, Name::parse(c.name).value());
    CHECK(got.verdict == c.verdict);
    CHECK(got.reason == c.reason);
    CHECK(got.lookups == c.lookups);
    CHECK(got.next == c.next);
  }
}

TEST_CASE("explain: whose record a name is, and in which file") {
  struct Case {
    const char* name;
    const char* outcome;
    const char* zone;
    const char* domain;
    std::uint32_t line;
  };
  constexpr Case kCases[] = {
      {"_dmarc.example.com", "answered", "_dmarc.example.com", "example.com", 2},
      {"_dmarc.example.com.hosted.provider.net", "answered", "hosted.provider.net", "example.com", 2},
      {"_dmarc.plain.example.hosted.provider.net", "NXDOMAIN", "hosted.provider.net", "plain.example", 4},
      {"x._dmarc.example.com", "NXDOMAIN", "_dmarc.example.com", "example.com", 2},
      {"hosted.provider.net", "answered", "hosted.provider.net", "", 0},
      {"www.example.com", "not our zone", "", "", 0},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    const Explanation got = why(c.name);
    CHECK(got.outcome == c.outcome);
    CHECK(got.zone == c.zone);
    CHECK(got.domain == c.domain);
    CHECK(got.line == c.line);
    CHECK(got.file == (c.line == 0 ? "" : "domains/0.json"));
  }
}

TEST_CASE("question_for: the name that a receiver queries") {
  const std::vector<Name> zones = {Name::parse("z.test").value()};
  const auto good = SpfTemplate::parse("include:%{ir}.%{v}.%{l}._l.%{h}._h.%{d}.z.test", zones);
  REQUIRE(good);
  const Mail mail{IpAddress::parse("192.0.2.1").value(), "mta.example.net", "user", "example.com"};
  CHECK(question_for(*good, mail)->to_string() == "1.2.0.192.in-addr.user._l.mta.example.net._h.example.com.z.test");
  CHECK(!question_for(*good, {mail.client, "a..b", "user", "example.com"}));
  // A backslash is a character like any other to receivers.
  CHECK(question_for(*good, {mail.client, "a", "u\\x", "example.com"})->wire().find("\x03u\\x") != std::string::npos);
}
