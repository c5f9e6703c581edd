// Attacks on SPF templates that version 0.1.0 accepted, by the library alone; tests/e2e/attacks asks
// pdns_server and real verifiers about the same ones.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "policy/directory/lint.h"
#include "policy/files/policy_file.h"
#include "policy/publish/owners_dns.h"
#include "policy/spf/evaluator.h"
#include "tests/make_responder.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::make_responder;
using nlohmann::json;

namespace {

json attacks() {
  std::ifstream in(EMAILAUTH_SOURCE_DIR "/tests/e2e/attacks/attacks.json");
  return json::parse(in);
}

std::string responder_with(const std::string& spf_template, bool accept_risk) {
  json out = {{"nameservers", {"ns1.provider.net"}},
              {"hostmaster", "hostmaster@provider.net"},
              {"zones", {"_spf.provider.net"}},
              {"spf_templates", {spf_template}}};
  if (accept_risk) out["unsafe_exists_templates"] = {spf_template};
  return out.dump();
}

std::shared_ptr<const Responder> world(const std::string& spf_template, bool accept_risk = false) {
  std::vector<std::string> domains;
  std::vector<std::string> senders;
  const json all = attacks().at("policy");
  for (const auto& [name, policy] : all.items()) {
    json spf;
    for (const json& network : policy.value("netblocks", json::array()))
      spf["netblocks"].push_back({{"network", network}});
    for (const json& sender : policy.value("senders", json::array())) {
      spf["senders"].push_back(sender);
      const json resolved = {{"networks", json::array()}, {"passthrough", policy.at("vendor passthrough")}};
      senders.push_back(json{{"sender", sender}, {"resolved", resolved}}.dump());
    }
    domains.push_back(json{{"domain", name}, {"spf", spf}}.dump());
  }
  return make_responder(responder_with(spf_template, accept_risk), domains, senders);
}

// Returns what the loader says about a responder with this template; "" if it accepts it.
std::string refusal(const std::string& spf_template) {
  try {
    world(spf_template);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

std::string domain_of(const json& attack) {
  const auto name = attack.at("name").get<std::string>();
  return name.find("vend.example") == std::string::npos ? "good.example" : "vend.example";
}

// The vendor passes the addresses that attackers want to be taken for.
class VendorDns : public Dns {
 public:
  DnsAnswer ask(const DnsQuestion& question) override {
    DnsAnswer out;
    const std::string text = question.name.to_string();
    const bool passes = text.rfind("192.0.2.", 0) == 0 || text.rfind("2.0.0.1.0.d.b.8.0.0.2.5.", 0) == 0;
    if (question.type == RecordType::a && passes)
      out.addresses.push_back(*IpAddress::parse("127.0.0.2"));
    else
      out.status = DnsStatus::nxdomain;
    return out;
  }
};

// Returns how a receiver that cuts names by the letter of RFC 7208, 7.3 judges an attacker's mail.
spf::Verdict verdict_of(const Responder& responder, const json& attack, const std::string& client) {
  const Name domain = Name::parse(domain_of(attack)).value();
  const std::string record = "v=spf1 " + attack.at("template").get<std::string>() + " -all";
  VendorDns vendor;
  OwnersDns dns(responder, domain, record, &vendor);
  spf::Question question;
  question.client = IpAddress::parse(client).value();
  question.helo = attack.value("helo", "mta.evil.example");
  question.mail_from = attack.value("sender", "user@" + domain.to_string());
  return spf::check_host(dns, question).verdict;
}

}  // namespace

TEST_CASE("attacks: address and chosen part adjoin, a long label is cut away whole: refused, or nothing is granted") {
  const json cases = attacks().at("cases");
  REQUIRE(cases.size() == 5);
  std::size_t refused = 0;
  for (const json& attack : cases) {
    const auto text = attack.at("template").get<std::string>();
    CAPTURE(text);
    const std::string why = refusal(text);
    if (!why.empty()) {
      ++refused;
      const bool adjoins = why.find("a sender can choose what follows the address; put a label between them: \"" +
                                    text.substr(0, text.find(':') + 1) + "%{ir}._ip.") != std::string::npos;
      const bool is_cut = why.find("with a long text make a receiver cut it (RFC 7208, 7.3)") != std::string::npos;
      CHECK(adjoins != is_cut);
      continue;
    }
    const auto responder = world(text);
    CHECK(ask(*responder, attack.at("name").get<std::string>()) ==
          std::vector<std::string>{"v=spf1 include:%{ir}.%{v}.vend.example._safe._spf.provider.net -all"});
    CHECK(verdict_of(*responder, attack, attack.at("client").get<std::string>()) == spf::Verdict::fail);
    CHECK(verdict_of(*responder, attack, "192.0.2.77") == spf::Verdict::pass);
  }
  CHECK(refused == 4);
}

TEST_CASE("attacks: what \"unsafe_exists_templates\" accepts can be forged, and lint says so") {
  const json attack = attacks().at("cases").at(3);
  const auto responder = world(attack.at("template").get<std::string>(), true);
  CHECK(ask(*responder, attack.at("name").get<std::string>()) == std::vector<std::string>{"A 127.0.0.2"});
  CHECK(verdict_of(*responder, attack, attack.at("client").get<std::string>()) == spf::Verdict::pass);
  const Diagnostics advice = advise(responder->snapshot());
  REQUIRE(advice.size() == 2);
  CHECK(advice[0].severity == Severity::warning);
  CHECK(advice[0].message.find(" can be forged, and \"unsafe_exists_templates\" accepts it: ") != std::string::npos);
  CHECK(advice[1].message.find("some verifiers never ask for odd HELOs and local parts, such as \"[192.0.2.1]\"") !=
        std::string::npos);
}

// The same kinds, by templates that 0.1.0 accepted, too, and by wildcards that owners publish.
TEST_CASE("attacks: an owner's wildcard, and names of one template that are read as another's") {
  struct Case {
    std::string why;
    std::vector<std::string> templates;
    const char* term;    // what vend.example publishes
    const char* sender;  // from 5.9.8.7
    const char* helo;
  };
  const std::string evil(230, 'A');
  const std::string nibbles = "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.8.b.d.0.1.0.0.2";
  const std::string behind_digits = "u@" + nibbles + ".vend.example";
  const std::string with_version = "u@" + nibbles + ".ip6.vend.example";
  const std::string cut = evil + ".77.2.0.192";
  const std::vector<Case> cases = {
      {"28 digits in front of the domain",
       {"include:%{ir}.%{d}._spf.provider.net"},
       "include:%{ir}.%{d}._spf.provider.net",
       behind_digits.c_str(),
       "mta"},
      {"a static template's name is read as a question",
       {"include:%{d}._spf.provider.net", "include:%{ir}.%{v}.%{d}._spf.provider.net"},
       "include:%{d}._spf.provider.net",
       "u@77.2.0.192.in-addr.vend.example",
       "mta"},
      {"digits and a version in front of the domain",
       {"include:%{ir}.%{d}._spf.provider.net", "include:%{ir}.%{v}.%{d}._spf.provider.net"},
       "include:%{ir}.%{d}._spf.provider.net",
       with_version.c_str(),
       "mta"},
      {"what is left of a cut name is a name of another template",
       {"include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net", "include:%{ir}._ehlo.%{d}._spf.provider.net"},
       "include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net",
       "u@vend.example",
       cut.c_str()},
      {"the address is read backwards",
       {"include:%{i}._ip.%{d}._spf.provider.net", "include:%{ir}._ip._r.%{d}._spf.provider.net"},
       "include:%{i}._ip.%{d}._spf.provider.net",
       "u@_r.vend.example",
       "mta"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    json responder_json = json::parse(responder_with(c.term, false));
    responder_json["spf_templates"] = c.templates;
    const auto responder = make_responder(
        responder_json.dump(), {R"({"domain": "vend.example", "spf": {"senders": ["vendor"]}})"},
        {R"({"sender": "vendor", "resolved": {"networks": [], "passthrough": ["exists:%{i}._spf.mta.vendor.example"]}})"});
    const std::string record = std::string("v=spf1 ") + c.term + " -all";
    const auto verdict = [&](const char* client, const std::string& helo, const std::string& sender) {
      const Name domain = Name::parse(sender.substr(2)).value();
      VendorDns vendor;
      OwnersDns dns(*responder, domain, record, &vendor);
      return spf::check_host(dns, {IpAddress::parse(client).value(), helo, sender, ""}).verdict;
    };
    for (const char* client : {"5.9.8.7", "77.2.0.192"}) CHECK(verdict(client, c.helo, c.sender) == spf::Verdict::fail);
    for (const char* client : {"192.0.2.77", "2001:db8:25::9999"}) {
      const bool is_static = std::string(c.term).find("%{i") == std::string::npos;
      CHECK(verdict(client, "mta", "u@vend.example") == (is_static ? spf::Verdict::fail : spf::Verdict::pass));
    }
  }
}
