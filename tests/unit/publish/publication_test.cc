#include "policy/publish/publication.h"

#include <doctest/doctest.h>

#include "policy/publish/owner_term.h"
#include "tests/make_responder.h"

namespace emailauth {

namespace {

constexpr const char* kResponder = R"({
  "nameservers": ["ns2.provider.net", "ns1.provider.net"], "hostmaster": "hostmaster@provider.net",
  "zones": ["_spf.provider.net", "_nspf.provider.net", "hosted.provider.net"],
  "spf_templates": ["include:%{d}._nspf.provider.net",
                    "include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net",
                    "exists:%{ir}.%{v}.%{d}._x._spf.provider.net",
                    "include:%{ir}.%{v}.%{d}._spf.provider.net"],
  "mirror_zone": "hosted.provider.net"})";

constexpr const char* kDomains = R"({"domains": [
  {"domain": "example.com", "spf": {"netblocks": [{"network": "192.0.2.0/24"}], "all": "?all"}, "dmarc": {"p": "none"},
   "dkim": {"keys": [{"selector": "q2.billing", "cname": "k.vendor.example"}, {"selector": "k2", "cname": "k2.vendor.example"}]},
   "bimi": {"default": {"logo": "https://example.com/logo.svg"}}, "mta_sts": {"id": "1"},
   "tls_rpt": {"rua": ["mailto:tls@example.com"]},
   "subdomains": {"news": {"dmarc": {"p": "none"}}}},
  {"domain": "blocked.example", "mode": "blocked"},
  {"domain": "alone.example", "spf": {"covers_subdomains": false}, "aliases": ["alone_alias"]}]})";

Result<Publication> publish(const char* domain, PublicationOptions options = {}, const char* responder = kResponder,
                            const char* domains = kDomains) {
  const auto made = tests::make_responder(responder, {domains});
  return publication_of(*made, *Name::parse(domain), options);
}

// "DKIM _domainkey.example.com NS ns1.provider.net ns2.provider.net -_domainkey.example.com CNAME"
std::string dump(const PublishedRrset& rrset) {
  std::string out = std::string(to_text(rrset.part)) + " " + rrset.key.name.to_string() + " ";
  out += to_text(rrset.key.type);
  for (const std::string& data : rrset.data) out += " " + data;
  for (const RrsetKey& key : rrset.remove) out += " -" + key.name.to_string() + " " + std::string(to_text(key.type));
  return out;
}

std::vector<std::string> dump(const Result<Publication>& publication) {
  if (!publication) return {publication.error().message};
  std::vector<std::string> out;
  for (const PublishedRrset& rrset : publication->rrsets) out.push_back(dump(rrset));
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("publication: by delegation, in the order in which it is safe") {
  CHECK(dump(publish("example.com")) ==
        Lines{"DKIM _domainkey.example.com NS ns1.provider.net ns2.provider.net -_domainkey.example.com CNAME "
              "-k2._domainkey.example.com CNAME -k2._domainkey.example.com TXT "
              "-q2.billing._domainkey.example.com CNAME -q2.billing._domainkey.example.com TXT",
              "SPF example.com TXT v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.net ?all",
              "DMARC _dmarc.example.com NS ns1.provider.net ns2.provider.net -_dmarc.example.com CNAME "
              "-_dmarc.example.com TXT",
              "MTA-STS _mta-sts.example.com NS ns1.provider.net ns2.provider.net -_mta-sts.example.com CNAME "
              "-_mta-sts.example.com TXT",
              "TLS-RPT _smtp._tls.example.com NS ns1.provider.net ns2.provider.net -_smtp._tls.example.com CNAME "
              "-_smtp._tls.example.com TXT",
              "BIMI _bimi.example.com NS ns1.provider.net ns2.provider.net -_bimi.example.com CNAME "
              "-default._bimi.example.com CNAME -default._bimi.example.com TXT"});
}

TEST_CASE("publication: by CNAME every selector is pointed by itself") {
  const auto lines = dump(publish("example.com", {PointBy::cname, "", {}}));
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] ==
        "DKIM k2._domainkey.example.com CNAME k2._domainkey-of.example.com.hosted.provider.net "
        "-_domainkey.example.com NS -k2._domainkey.example.com TXT");
  CHECK(lines[1] ==
        "DKIM q2.billing._domainkey.example.com CNAME q2.billing._domainkey-of.example.com.hosted.provider.net "
        "-_domainkey.example.com NS -q2.billing._domainkey.example.com TXT");
  CHECK(lines[3] ==
        "DMARC _dmarc.example.com CNAME _dmarc-of.example.com.hosted.provider.net "
        "-_dmarc.example.com NS -_dmarc.example.com TXT");
}

TEST_CASE("publication: a blocked domain keeps the term, so that it comes back without a change of its DNS") {
  CHECK(dump(publish("blocked.example", {PointBy::cname, "", {}})) ==
        Lines{"DKIM *._domainkey.blocked.example CNAME unused._domainkey-of.blocked.example.hosted.provider.net "
              "-_domainkey.blocked.example NS -*._domainkey.blocked.example TXT",
              "SPF blocked.example TXT v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.net -all",
              "DMARC _dmarc.blocked.example CNAME _dmarc-of.blocked.example.hosted.provider.net "
              "-_dmarc.blocked.example NS -_dmarc.blocked.example TXT"});
}

TEST_CASE("publication: names below a domain") {
  CHECK(dump(publish("host.example.com")) ==
        Lines{"SPF host.example.com TXT v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.net ?all"});
  CHECK(publish("example.com")->subdomains == std::vector<Name>{*Name::parse("news.example.com")});
  CHECK(dump(publish("news.example.com")).size() == 2);
}

TEST_CASE("publication: what cannot be published, and the exact message") {
  struct Case {
    const char* domain;
    PublicationOptions options;
    const char* error;
  };
  const Case cases[] = {
      {"nosuch.example",
       {},
       R"("nosuch.example" is in no policy file; add domains/nosuch.example.json, or correct the name)"},
      {"example", {}, R"("example" is in no policy file; add domains/example.json, or correct the name)"},
      {"host.alone.example",
       {},
       R"("host.alone.example" is in no policy file; add domains/host.alone.example.json, or correct the name)"},
      {"alone_alias",
       {},
       R"("alone_alias" is an alias, which only terms ask for; ask for the records of "alone.example")"},
      {"example.com",
       {PointBy::ns, "include:x", {}},
       R"(no template is "include:x"; "spf_templates" of responder.json has them)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.domain);
    CHECK(dump(publish(c.domain, c.options)) == Lines{c.error});
  }
  const char* no_mirror = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
      "zones": ["_spf.provider.net"]})";
  CHECK(dump(publish("example.com", {PointBy::cname, "", {}}, no_mirror)) ==
        Lines{R"(responder.json has no "mirror_zone" for a CNAME to point to; add one, or use --way ns)"});
  const auto without_term = publish("alone.example", {}, no_mirror);
  REQUIRE(without_term.ok());
  CHECK(without_term->problems ==
        Lines{"no term of \"spf_templates\" can ask for \"alone.example\"; add a template to responder.json, or a "
              "shorter alias to the domain"});
}

TEST_CASE("publication: the term is the best that suits the domain") {
  CHECK(publish("example.com")->spf_records == Lines{"v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.net ?all",
                                                     "v=spf1 exists:%{ir}.%{v}.%{d}._x._spf.provider.net ?all",
                                                     "v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net ?all",
                                                     "v=spf1 include:%{d}._nspf.provider.net ?all"});
  const auto chosen = publish("example.com", {PointBy::ns, "include:%{d}._nspf.provider.net", {}});
  REQUIRE(chosen.ok());
  CHECK(chosen->spf()->data == Lines{"v=spf1 include:%{d}._nspf.provider.net ?all"});
}

TEST_CASE("publication: a redirect has no all; literal terms precede it") {
  const char* responder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
      "zones": ["_spf.provider.net"], "spf_templates": ["redirect=%{ir}.%{d}._spf.provider.net"]})";
  CHECK(publish("alone.example", {}, responder)->spf()->data == Lines{"v=spf1 redirect=%{ir}.%{d}._spf.provider.net"});
  CHECK(publish("alone.example", {PointBy::ns, "", {"include:vendor.example"}}, responder)->spf()->data ==
        Lines{"v=spf1 include:vendor.example redirect=%{ir}.%{d}._spf.provider.net"});
  CHECK(publish("alone.example", {PointBy::ns, "", {"include:vendor.example"}})->spf()->data ==
        Lines{"v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.net include:vendor.example ~all"});
}

TEST_CASE("publication: a term does not suit the domain if no receiver could reach its vendors' terms") {
  const std::string longest =
      std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(32, 'c') + ".example";
  const char* responder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
      "zones": ["_spf.provider.net"], "spf_templates": ["include:%{ir}.%{d}._spf.provider.net"]})";
  const char* vendor = R"({"sender": "v", "resolved": {"networks": [], "passthrough": ["exists:%{i}.v.example"]}})";
  for (const bool has_vendor : {false, true}) {
    const std::string domain = R"({"domain": ")" + longest + R"(", "aliases": ["short"], "spf": {"senders": [)" +
                               (has_vendor ? R"("v")" : "") + "]}}";
    const auto made = tests::make_responder(responder, {domain}, {vendor});
    const auto publication = publication_of(*made, *Name::parse(longest), {});
    REQUIRE(publication.ok());
    CHECK(publication->spf()->data == Lines{has_vendor ? "v=spf1 include:%{ir}.short._spf.provider.net ~all"
                                                       : "v=spf1 include:%{ir}.%{d}._spf.provider.net ~all"});
  }
}

TEST_CASE("publication: a domain too long for the names of a term is queried by its alias") {
  const std::string longest =
      std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(60, 'c') + ".example";
  const std::string domains = R"({"domain": ")" + longest + R"(", "spf": {"static": false}, "aliases": ["short"]})";
  const char* responder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
      "zones": ["_spf.provider.net"], "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.net"]})";
  CHECK(publish(longest.c_str(), {}, responder, domains.c_str())->spf()->data ==
        Lines{"v=spf1 include:%{ir}.%{v}.short._spf.provider.net ~all"});
}

}  // namespace emailauth
