#include "policy/directory/lint.h"

#include <doctest/doctest.h>

#include "tests/make_responder.h"
#include "tests/unit/read_json.h"

using namespace emailauth;
using emailauth::tests::make_responder;

namespace {

const std::string kHead = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net", )";
const std::string kPlain =
    kHead + R"("zones": ["_spf.provider.net"], "spf_templates": ["include:%{i}._ip.%{d}._spf.provider.net"]})";

std::string advice(const std::string& responder, const std::vector<std::string>& domains,
                   const std::vector<std::string>& senders = {}) {
  return tests::lines_of(advise(make_responder(responder, domains, senders)->snapshot()));
}

bool begins(const std::string& text, const std::string& with) { return text.substr(0, with.size()) == with; }

}  // namespace

TEST_CASE("lint: a good directory needs no advice") {
  CHECK(advice(kPlain,
               {R"({"domain": "example.com", "spf": {}, "dmarc": {"p": "reject"}, "bimi": {"default": {"logo": ""}}})"})
            .empty());
}

TEST_CASE("lint: where reports arrive") {
  const std::string to = R"("report_mailbox": "mailto:d@reports.provider.net", )";
  CHECK(begins(advice(kHead + to + R"("zones": ["_spf.provider.net"]})", {}),
               "advice: /report_mailbox: nothing here answers \"_report._dmarc.reports.provider.net\": "));
  CHECK(begins(advice(kHead + to + R"("zones": ["reports.provider.net"]})", {}),
               "warning: /report_mailbox: \"reports.provider.net\" is answered here and has no mail exchanger: "));
  CHECK(advice(kHead + to + R"("zones": ["reports.provider.net"], "report_mx": ["mx.provider.net"]})", {}).empty());
}

TEST_CASE("lint: senders that do nothing for SPF") {
  const char* domain = R"({"domain": "example.com", "spf": {"senders": ["a"]}})";
  CHECK(begins(advice(kPlain, {domain}, {R"({"sender": "a", "spf": ["include:a.example"]})"}),
               "warning: /spf/senders/0: the networks of \"a\" are not known: "));
  const char* own_path = R"({"sender": "a", "spf": ["include:a.example"], "aligns": ["dkim"],
    "resolved": {"at": "2026-11-20T06:00:00Z", "networks": ["192.0.2.0/24"], "passthrough": []}})";
  CHECK(begins(advice(kPlain, {domain}, {own_path}),
               "advice: /spf/senders/0: \"a\" sends with a return path of its own: "));
}

TEST_CASE("lint: domains that cannot be queried, and logos that no receiver shows") {
  const std::string hidden =
      advice(kHead + R"("zones": ["_spf.provider.net"], "spf_templates": ["include:%{i}.ip.%{d}._spf.provider.net"]})",
             {R"({"domain": "ip.example.com", "spf": {}})"});
  CHECK(
      begins(hidden, "warning: : \"ip.example.com\" cannot be queried below \"_spf.provider.net\": its label \"ip\" "));
  const std::string a(60, 'a');
  CHECK(advice(kPlain, {R"({"domain": ")" + a + "." + a + "." + a + R"(.example", "spf": {}})"})
            .find("is too long for \"include:%{i}._ip.%{d}._spf.provider.net\"") != std::string::npos);
  for (const char* dmarc : {R"({"p": "none"})", R"({"p": "reject", "t": true})"}) {
    CHECK(begins(advice(kPlain, {std::string(R"({"domain": "example.com", "dmarc": )") + dmarc +
                                 R"(, "bimi": {"default": {"logo": ""}}})"}),
                 "advice: : \"example.com\" has \"bimi\" without an enforced DMARC policy: "));
  }
}

TEST_CASE("lint: exists: with a HELO: the literal that some verifiers never query, and what a forger can do") {
  const std::string text = "exists:%{i}._i.%{h}._h.%{d}._spf.provider.net";
  const std::string found = advice(kHead + R"("zones": ["_spf.provider.net"], "spf_templates": [")" + text +
                                       R"("], "unsafe_exists_templates": [")" + text + R"("]})",
                                   {});
  CHECK(begins(found, "warning: /spf_templates/0: \"" + text + "\" can be forged, and "));
  CHECK(found.find("advice: /spf_templates/0: \"" + text +
                   "\" contains a part that a sender can choose: some verifiers never ask for odd HELOs and local "
                   "parts, such as "
                   "\"[192.0.2.1]\", so that authorised mail fails") != std::string::npos);
  CHECK(begins(
      advice(
          kHead +
              R"("zones": ["_spf.provider.net"], "spf_templates": ["include:%{i}._i.%{h}._h.%{d}._spf.provider.net"]})",
          {}),
      "advice: /spf_templates/0: \"include:%{i}._i.%{h}._h.%{d}._spf.provider.net\" contains a part that a sender can "
      "choose: some verifiers never ask for odd HELOs and local parts, such as \"[192.0.2.1]\", so that "
      "authorised mail fails (RFC 7208, 7.3 advises against it); terms of pass-through senders take one lookup more"));
  CHECK(begins(
      advice(kHead + R"("zones": ["_spf.provider.net"], "spf_templates": ["include:%{ir}.%{d}._spf.provider.net"]})",
             {}),
      "advice: /spf_templates/0: \"include:%{ir}.%{d}._spf.provider.net\" makes names that can be read in two ways: "));
}

TEST_CASE("lint: domains too long for the names below _safe, and for terms that are passed on") {
  const char* vendor = R"({"sender": "v", "resolved": {"networks": [], "passthrough": ["exists:%{i}.v.example"]}})";
  const auto said = [&](const std::string& spf_template, std::size_t length, const char* senders = R"(["v"])") {
    std::string domain(length - 61 - 61 - 8, 'a');
    domain += "." + std::string(60, 'a') + "." + std::string(60, 'a') + ".example";
    std::string found = advice(kHead + R"("zones": ["_z.p.net"], "spf_templates": [")" + spf_template + R"("]})",
                               {R"({"domain": ")" + domain + R"(", "spf": {"senders": )" + senders + "}}"}, {vendor});
    const std::size_t at = found.find("warning: : ");
    return at == std::string::npos ? "" : found.substr(at);
  };
  // 32 digits with their dots, "ip6.", the domain, "._safe." and "_z.p.net" make 253 characters.
  CHECK(said("include:%{ir}.%{d}._z.p.net", 170) == "");
  CHECK(said("include:%{ir}.%{d}._z.p.net", 171)
            .find("is too long for \"include:%{ir}.%{v}.%{d}._safe._z.p.net\": an IPv6 question has 254 characters of "
                  "253") != std::string::npos);
  CHECK(said("include:%{ir}.%{d}._z.p.net", 171, "[]") == "");
  CHECK(
      said("include:%{ir}.%{v}.%{d}._z.p.net", 141)
          .find("is too long for pass-through senders under \"include:%{ir}.%{v}.%{d}._z.p.net\": an IPv6 question has "
                "218 characters, and from 190 on it may have been cut") != std::string::npos);
  CHECK(said("include:%{ir}.%{v}.%{d}._z.p.net", 141, "[]") == "");
}
