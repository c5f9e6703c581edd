#include "policy/spf/evaluator.h"

#include <doctest/doctest.h>

#include "policy/spf/zone_data.h"

using emailauth::IpAddress;
using emailauth::spf::check_host;
using emailauth::spf::Evaluation;
using emailauth::spf::Limits;
using emailauth::spf::Question;
using emailauth::spf::Verdict;
using emailauth::spf::ZoneData;

namespace {

constexpr const char* kZone = R"({
  "example.com": [ {"TXT": "v=spf1 include:a.example ip4:192.0.2.0/24 -all exp=why.example.com"} ],
  "why.example.com": [ {"TXT": "%{i} is not one of ours, %{l}"} ],
  "a.example": [ {"TXT": "v=spf1 mx ip6:2001:db8::/32 ~all"}, {"MX": [20, "mx2.a.example"]}, {"MX": [10, "mx1.a.example"]} ],
  "mx1.a.example": [ {"A": "198.51.100.1"} ],
  "mx2.a.example": [ {"A": "198.51.100.2"}, {"AAAA": "2001:db8:1::2"} ],
  "noexp.example": [ {"TXT": "v=spf1 include:none.example -all"} ],
  "gone.example": [ {"TXT": "v=spf1 exists:n1.gone.example exists:n2.gone.example exists:n3.gone.example -all"} ],
  "slow.example": [ {"TXT": "v=spf1 a:slow2.example -all"} ],
  "slow2.example": [ "TIMEOUT" ],
  "refused.example": [ {"RCODE": 5} ],
  "redirect.example": [ {"TXT": "v=spf1 redirect=example.com"} ],
  "nowhere.example": [ {"TXT": "v=spf1 redirect=none.example"} ],
  "ptr.example": [ {"TXT": "v=spf1 ptr ptr ptr -all exp=p.example"} ],
  "p.example": [ {"TXT": "%{p}"} ],
  "mx.ptr.example": [ {"A": "203.0.113.7"} ],
  "7.113.0.203.in-addr.arpa": [ {"PTR": "liar.example"}, {"PTR": "mx.ptr.example"} ],
  "helo.example": [ {"TXT": "v=spf1 exists:%{i}.%{h}.e.example -all"} ],
  "198.51.100.1.e.example": [ {"A": "127.0.0.2"} ],
  "deep.example": [ {"TXT": "v=spf1 include:deep.example -all"} ]
})";

Evaluation check(const char* client, const char* mail_from, const Limits& limits = {}) {
  ZoneData dns = ZoneData::parse(kZone).value();
  Question question;
  question.client = IpAddress::parse(client).value();
  question.helo = "mta.example";
  question.mail_from = mail_from;
  return check_host(dns, question, limits);
}

}  // namespace

TEST_CASE("check_host: verdicts, reasons and counts") {
  struct Case {
    const char* client;
    const char* from;
    Verdict verdict;
    const char* reason;
    int terms;
    int voids;
    int queries;
  };
  constexpr Case kCases[] = {
      {"198.51.100.2", "u@example.com", Verdict::pass, R"("include:a.example" of "example.com" matched)", 2, 0, 5},
      {"192.0.2.9", "u@example.com", Verdict::pass, R"("ip4:192.0.2.0/24" of "example.com" matched)", 2, 0, 5},
      {"::ffff:192.0.2.9", "u@example.com", Verdict::pass, R"("ip4:192.0.2.0/24" of "example.com" matched)", 2, 0, 5},
      {"203.0.113.1", "u@example.com", Verdict::fail, R"("-all" of "example.com" matched)", 2, 0, 6},
      {"2001:db8::1", "u@example.com", Verdict::pass, R"("include:a.example" of "example.com" matched)", 2, 1, 5},
      {"203.0.113.1", "u@a.example", Verdict::softfail, R"("~all" of "a.example" matched)", 1, 0, 4},
      {"192.0.2.1", "u@redirect.example", Verdict::pass, R"("ip4:192.0.2.0/24" of "example.com" matched)", 3, 0, 6},
      {"192.0.2.1", "u@none.example", Verdict::none, R"("none.example" has no SPF record)", 0, 0, 1},
      {"192.0.2.1", "u@localhost", Verdict::none, R"("localhost" is not a domain that can have a record)", 0, 0, 0},
      {"192.0.2.1", "u@a..example", Verdict::none, R"("a..example" is not a domain name: it has an empty label)", 0, 0,
       0},
      {"192.0.2.1", "u@b\xc3\xbc.example", Verdict::none,
       R"("b\195\188.example" is not a domain that can have a record)", 0, 0, 0},
      {"192.0.2.1", "u@noexp.example", Verdict::permerror, R"("none.example" has no SPF record)", 1, 0, 2},
      {"192.0.2.1", "u@nowhere.example", Verdict::permerror, R"("none.example" has no SPF record)", 1, 0, 2},
      {"192.0.2.1", "u@gone.example", Verdict::permerror,
       "over 2 questions had no answer; remove terms whose names do not exist", 3, 3, 4},
      {"192.0.2.1", "u@slow.example", Verdict::temperror, "A slow2.example: timeout", 1, 0, 2},
      {"192.0.2.1", "u@refused.example", Verdict::temperror, "TXT refused.example: SERVFAIL", 0, 0, 1},
      {"192.0.2.1", "u@deep.example", Verdict::permerror,
       "over 10 terms that ask DNS; use fewer include, a, mx, ptr, exists", 11, 0, 11},
      {"203.0.113.7", "u@ptr.example", Verdict::pass, R"("ptr" of "ptr.example" matched)", 1, 0, 4},
      {"203.0.113.8", "u@ptr.example", Verdict::permerror,
       "over 2 questions had no answer; remove terms whose names do not exist", 3, 3, 2},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.client);
    CAPTURE(c.from);
    const Evaluation result = check(c.client, c.from);
    CHECK(to_string(result.verdict) == to_string(c.verdict));
    CHECK(result.reason == c.reason);
    CHECK(result.terms == c.terms);
    CHECK(result.void_lookups == c.voids);
    CHECK(result.queries == c.queries);
  }
}

TEST_CASE("check_host: the explanation is the domain's own, and only for a fail") {
  CHECK(check("203.0.113.1", "joe@example.com").explanation == "203.0.113.1 is not one of ours, joe");
  CHECK(check("203.0.113.1", "joe@redirect.example").explanation == "203.0.113.1 is not one of ours, joe");
  CHECK(check("192.0.2.1", "joe@example.com").explanation.empty());
  CHECK(check("203.0.113.1", "joe@a.example").explanation.empty());
}

TEST_CASE("check_host: the account for people") {
  const Evaluation result = check("198.51.100.2", "u@example.com");
  std::string text;
  for (const auto& step : result.trace) text += step.to_string() + "\n";
  CHECK(text ==
        "example.com: [TXT example.com: 1 record] "
        "v=spf1 include:a.example ip4:192.0.2.0/24 -all exp=why.example.com\n"
        "  include:a.example match: pass\n"
        "  a.example: [TXT a.example: 1 record] v=spf1 mx ip6:2001:db8::/32 ~all\n"
        "    mx [MX a.example: 2 records; A mx1.a.example: 1 record; A mx2.a.example: 1 record] match: pass\n");
}

TEST_CASE("check_host: limits can be raised, and text from a sender is bounded") {
  CHECK(check("192.0.2.1", "u@gone.example", {.void_lookups = 3}).verdict == Verdict::fail);
  CHECK(check("203.0.113.8", "u@ptr.example", {.void_lookups = 3}).explanation == "unknown");
  const std::string long_sender = std::string(5000, 'x') + "@example.com";
  const Evaluation result = check("203.0.113.1", long_sender.c_str());
  CHECK(result.verdict == Verdict::fail);
  CHECK(result.explanation == "203.0.113.1 is not one of ours, " + std::string(512, 'x'));
}

TEST_CASE("check_host: a label of 240 octets is cut away only by receivers that cut before they look") {
  ZoneData dns = ZoneData::parse(kZone).value();
  Question question;
  question.client = IpAddress::parse("203.0.113.9").value();
  question.helo = std::string(240, 'a') + ".198.51.100.1";
  question.mail_from = "u@helo.example";
  Limits limits;
  CHECK(check_host(dns, question, limits).verdict == Verdict::pass);
  limits.cut = emailauth::spf::NameCut::valid_labels;
  CHECK(check_host(dns, question, limits).verdict == Verdict::fail);
  limits.cut = emailauth::spf::NameCut::short_labels;
  CHECK(check_host(dns, question, limits).verdict == Verdict::fail);
}

TEST_CASE("check_host: the identity") {
  struct Case {
    const char* from;
    const char* domain;
  };
  constexpr Case kCases[] = {
      {"", "mta.example"},
      {"@example.com", "example.com"},
      {"example.com", "example.com"},
      {"a@b@example.com", "example.com"},
      {"u@Example.COM.", "Example.COM"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.from);
    CHECK(check("192.0.2.1", c.from).domain == c.domain);
  }
}
