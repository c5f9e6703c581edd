#include "policy/publish/publication_state.h"

#include <doctest/doctest.h>

#include <map>

#include "policy/publish/publication_steps.h"
#include "tests/make_responder.h"

namespace emailauth {

namespace {

constexpr const char* kResponder = R"({
  "nameservers": ["ns1.provider.net", "ns2.provider.net"], "hostmaster": "hostmaster@provider.net",
  "zones": ["_spf.provider.net", "hosted.provider.net"],
  "spf_templates": ["include:%{ir}.%{d}._spf.provider.net", "include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net"],
  "mirror_zone": "hosted.provider.net"})";

constexpr const char* kDomains = R"({"domains": [
  {"domain": "example.com", "spf": {}, "dmarc": {"p": "none"},
   "dkim": {"keys": [{"selector": "k2", "cname": "k2.vendor.example"}]}},
  {"domain": "blocked.example", "mode": "blocked"}]})";

constexpr const char* kSpf = "v=spf1 include:%{ir}.%{d}._spf.provider.net ~all";
const std::string kTerm = "1.2.0.192.example.com._spf.provider.net TXT";

// DNS as a table: "_dmarc.example.com TXT" and its records.
using Table = std::map<std::string, std::vector<std::string>>;

class TableDns : public Dns {
 public:
  explicit TableDns(const Table& table) : table_(table) {}

  DnsAnswer ask(const DnsQuestion& question) override {
    DnsAnswer answer;
    answer.ttl = 3600;
    const auto at = table_.find(question.name.to_string() + " " + std::string(to_text(question.type)));
    if (at == table_.end()) return answer;
    if (at->second == std::vector<std::string>{"SERVFAIL"})
      answer.status = DnsStatus::servfail;
    else if (at->second == std::vector<std::string>{"NXDOMAIN"})
      answer.status = DnsStatus::nxdomain;
    else
      answer.texts = at->second;
    return answer;
  }

 private:
  const Table& table_;
};

struct World {
  std::shared_ptr<const Responder> responder = tests::make_responder(kResponder, {kDomains});
  Publication wanted;
  PublicationState state;

  explicit World(const Table& dns, const char* domain = "example.com", PointBy way = PointBy::ns) {
    wanted = *publication_of(*responder, *Name::parse(domain), {way, "", {}});
    const std::vector<Name> selectors = {*Name::parse("k2"), *Name::parse("old"), *Name::parse("gone")};
    TableDns answers(dns);
    state = check_publication(*responder, wanted, selectors, answers);
  }

  // "missing", "differs: why -_dmarc.example.com TXT"
  std::string of(PublicationPart part) const {
    for (std::size_t i = 0; i < wanted.rrsets.size(); ++i) {
      if (wanted.rrsets[i].part != part) continue;
      const RrsetState& s = state.rrsets[i];
      std::string out = std::string(to_text(s.state)) + (s.detail.empty() ? "" : ": ") + s.detail;
      for (const FoundRrset& found : s.remove)
        out += " -" + found.key.name.to_string() + " " + std::string(to_text(found.key.type));
      return out;
    }
    return "not wanted";
  }
};

const Table kComplete = {
    {"example.com TXT", {"site=1", kSpf}},
    {kTerm, {"v=spf1 -all"}},
    {"_dmarc.example.com NS", {"ns1.provider.net", "ns2.provider.net"}},
    {"_dmarc.example.com TXT", {"v=DMARC1; p=none"}},
    {"_domainkey.example.com NS", {"ns1.provider.net", "ns2.provider.net"}},
    {"k2._domainkey.example.com CNAME", {"k2.vendor.example"}},
};

Table with(Table dns, const std::string& key, std::vector<std::string> data) {
  dns[key] = std::move(data);
  return dns;
}

}  // namespace

TEST_CASE("publication state: all in place, nothing left to do") {
  const World world(kComplete);
  CHECK(world.state.complete());
  CHECK(world.state.lost_selectors.empty());
  CHECK(steps_of(world.wanted, &world.state).empty());
}

TEST_CASE("publication state: other records instead") {
  struct Case {
    const char* why;
    Table dns;
    PublicationPart part;
    std::string state;
  };
  const Case cases[] = {
      {"nothing", {}, PublicationPart::spf, "missing"},
      {"other texts alone", {{"example.com TXT", {"site=1"}}}, PublicationPart::spf, "missing"},
      {"another record", with(kComplete, "example.com TXT", {"v=spf1 mx -all"}), PublicationPart::spf,
       "differs: another record is there -example.com TXT"},
      {"two records", with(kComplete, "example.com TXT", {"v=spf1 mx -all", kSpf}), PublicationPart::spf,
       "differs: there are 2 SPF records, an error for every receiver (RFC 7208, 4.5) -example.com TXT"},
      {"spaced and cased otherwise",
       with(kComplete, "example.com TXT", {"V=spf1  include:%{ir}.%{d}._spf.provider.net ~ALL"}), PublicationPart::spf,
       "in place: as \"V=spf1  include:%{ir}.%{d}._spf.provider.net ~ALL\""},
      {"another term of ours",
       with(kComplete, "example.com TXT", {"v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net ~all"}),
       PublicationPart::spf, "in place: as \"v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net ~all\""},
      {"our zone cannot be reached", with(kComplete, kTerm, {"SERVFAIL"}), PublicationPart::spf,
       "differs: SERVFAIL for TXT at 1.2.0.192.example.com._spf.provider.net; are the name servers up, and is a DS "
       "record out of date?"},
      {"a CNAME at the domain", with(kComplete, "example.com CNAME", {"shop.example"}), PublicationPart::spf,
       "differs: it is a CNAME, next to which no other record is allowed; replace it by the records of its target "
       "-example.com "
       "CNAME"},
      {"no delegation", with(with(kComplete, "_dmarc.example.com NS", {}), "_dmarc.example.com TXT", {}),
       PublicationPart::dmarc, "missing"},
      {"an old record", with(kComplete, "_dmarc.example.com NS", {}), PublicationPart::dmarc,
       "differs: the owner has records there -_dmarc.example.com TXT"},
      {"an old alias; its TXT is not the owner's",
       with(with(kComplete, "_dmarc.example.com NS", {}), "_dmarc.example.com CNAME", {"x.other.example"}),
       PublicationPart::dmarc, "differs: the owner has records there -_dmarc.example.com CNAME"},
      {"delegated to another", with(kComplete, "_dmarc.example.com NS", {"ns.other.example"}), PublicationPart::dmarc,
       "differs: there is ns.other.example"},
      {"our servers beside the parent's, without a delegation", with(kComplete, "_dmarc.example.com DS", {"NXDOMAIN"}),
       PublicationPart::dmarc, "missing: our servers answer, but the zone above has no NS records for it"},
      {"one of two servers", with(kComplete, "_dmarc.example.com NS", {"ns1.provider.net"}), PublicationPart::dmarc,
       "differs: there is ns1.provider.net"},
      {"a server with another policy", with(kComplete, "_dmarc.example.com TXT", {"v=DMARC1; p=reject"}),
       PublicationPart::dmarc,
       "differs: _dmarc.example.com answers \"v=DMARC1; p=reject\" instead of \"v=DMARC1; p=none\"; do all name "
       "servers have this policy?"},
      {"a lame delegation", with(kComplete, "_dmarc.example.com NS", {"SERVFAIL"}), PublicationPart::dmarc,
       "differs: SERVFAIL for NS at _dmarc.example.com"},
      {"a selector that does not answer", with(kComplete, "k2._domainkey.example.com CNAME", {}), PublicationPart::dkim,
       "differs: k2._domainkey.example.com answers nothing instead of \"k2.vendor.example\"; do all name servers have "
       "this policy?"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    CHECK(World(c.dns).of(c.part) == c.state);
  }
}

TEST_CASE("publication state: by CNAME") {
  const Table dns = {{"_dmarc.example.com CNAME", {"_dmarc-of.example.com.hosted.provider.net"}},
                     {"_dmarc.example.com TXT", {"v=DMARC1; p=none"}},
                     {"k2._domainkey.example.com CNAME", {"k2._domainkey-of.example.com.hosted.provider.net"}}};
  const World world(dns, "example.com", PointBy::cname);
  CHECK(world.of(PublicationPart::dmarc) == "in place");
  CHECK(world.of(PublicationPart::dkim) == "in place");
  const World elsewhere(
      {{"k2._domainkey.example.com CNAME", {"k2.old.example"}}, {"_domainkey.example.com NS", {"ns.old.example"}}},
      "example.com", PointBy::cname);
  CHECK(elsewhere.of(PublicationPart::dkim) == "differs: there is k2.old.example -_domainkey.example.com NS");
}

TEST_CASE("publication state: a blocked domain may say so itself") {
  const World world(
      {{"blocked.example TXT", {"v=spf1 -all"}}, {"1.2.0.192.blocked.example._spf.provider.net TXT", {"v=spf1 -all"}}},
      "blocked.example");
  CHECK(world.of(PublicationPart::spf) == "in place: as \"v=spf1 -all\"");
}

TEST_CASE("publication state: selectors that a delegation would switch off") {
  Table dns = kComplete;
  dns["_domainkey.example.com NS"] = {};
  dns["old._domainkey.example.com TXT"] = {"v=DKIM1; p=MIIB"};
  dns["gone._domainkey.example.com TXT"] = {"v=DKIM1; p="};
  const World world(dns);
  REQUIRE(world.state.lost_selectors.size() == 1);
  CHECK(world.state.lost_selectors[0].key.name.to_string() == "old._domainkey.example.com");
  const auto steps = steps_of(world.wanted, &world.state);
  REQUIRE(steps.size() == 5);
  CHECK(steps[0].lower.size() == 1);
  CHECK(steps[1].notes.back() == "old._domainkey.example.com is in use and not in the policy; add it to \"dkim\"");
  // Nothing is lost if each selector is pointed by itself, or if the delegation exists.
  CHECK(World(dns, "example.com", PointBy::cname).state.lost_selectors.empty());
  dns["_domainkey.example.com NS"] = kComplete.at("_domainkey.example.com NS");
  CHECK(World(dns).state.lost_selectors.empty());
}

TEST_CASE("publication steps: keys and SPF, then a wait, then DMARC") {
  const auto responder = tests::make_responder(kResponder, {kDomains});
  const Publication wanted = *publication_of(*responder, *Name::parse("example.com"), {});
  const auto steps = steps_of(wanted, nullptr);
  REQUIRE(steps.size() == 8);
  const auto parts = [&](std::size_t i) {
    std::string out;
    for (const PublishedRrset* rrset : steps[i].publish) out += to_text(rrset->part);
    return out;
  };
  CHECK(steps[0].heading.substr(0, 13) == "Lower the TTL");
  CHECK(steps[1].heading.substr(0, 25) == "Make sure that the policy");
  CHECK(parts(2) == "DKIM");
  CHECK(parts(3) == "SPF");
  CHECK(steps[4].heading.substr(0, 9) == "Wait 3600");
  CHECK(parts(5) == "DMARC");
  CHECK(steps[6].sign.size() == 2);
  CHECK(steps[7].notes.back() == "emailauth records example.com --live");
}

}  // namespace emailauth
