#include "policy/directory/identity_check.h"

#include <doctest/doctest.h>

#include "policy/files/hosted_name.h"
#include "tests/make_responder.h"
#include "tests/unit/read_json.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::make_responder;

namespace {

using Domains = std::vector<std::string>;
using Lines = std::vector<std::string>;

const std::string kHead = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net", )";

std::string zones(const std::string& names, const std::string& templates, const std::string& more = "") {
  return kHead + R"("zones": [)" + names + R"(], "spf_templates": [)" + templates + "]" + more + "}";
}

const std::string kInclude = zones(R"("_spf.provider.net")", R"("include:%{ir}.%{v}.%{d}._spf.provider.net")");
const std::string kMirror =
    zones(R"("_spf.provider.net", "hosted.provider.net")", R"("include:%{ir}.%{v}.%{d}._spf.provider.net")",
          R"(, "mirror_zone": "hosted.provider.net")");

std::string at_load(const std::string& responder, const Domains& domains = {}) {
  return tests::lines_of(check_identities(make_responder(responder, domains)->snapshot()));
}
std::string in_lint(const std::string& responder, const Domains& domains = {}) {
  return tests::lines_of(advise_identities(make_responder(responder, domains)->snapshot()));
}

std::string domain(const std::string& name, const std::string& dmarc) {
  return R"({"domain": ")" + name + R"(", "spf": {}, "dmarc": {"p": "reject")" + dmarc + "}}";
}

}  // namespace

TEST_CASE("identities: the alignment warning goes away once its remedy is in the policies") {
  const std::string relaxed =
      "warning: /zones: with receivers that follow RFC 7489, names in \"_spf.provider.net\" (by SPF) pass as "
      "\"provider.net\", whose record aligns relaxed: run \"emailauth dmarc set provider.net aspf=s --write\", or move "
      "the "
      "zones below a registered domain that no mail uses";
  CHECK(at_load(kInclude, {domain("provider.net", "")}) == relaxed);
  CHECK(at_load(kInclude, {domain("provider.net", R"(, "aspf": "r", "adkim": "s")")}) == relaxed);
  CHECK(at_load(kInclude, {domain("provider.net", R"(, "aspf": "s")")}).empty());
  CHECK(in_lint(kInclude, {domain("provider.net", R"(, "aspf": "s")")}).empty());
  const std::string both = at_load(kMirror, {domain("provider.net", "")});
  CHECK(both ==
        "warning: /zones: with receivers that follow RFC 7489, names in \"_spf.provider.net\" (by SPF) and "
        "\"hosted.provider.net\" (by DKIM) pass as \"provider.net\", whose record aligns relaxed: run \"emailauth "
        "dmarc set "
        "provider.net adkim=s aspf=s --write\", or move the zones below a registered domain that no mail uses");
  CHECK(at_load(kMirror, {domain("provider.net", R"(, "aspf": "s")")}).find("adkim=s --write") != std::string::npos);
  CHECK(at_load(kMirror, {domain("provider.net", R"(, "aspf": "s", "adkim": "s")")}).empty());
}

TEST_CASE("identities: every zone is checked, whether or not its organization is managed here") {
  CHECK(at_load(kInclude).empty());
  CHECK(in_lint(kInclude) ==
        "warning: /zones: with receivers that follow RFC 7489, names in \"_spf.provider.net\" (by SPF) pass as "
        "\"provider.net\" unless its record aligns strictly: publish \"v=DMARC1; p=reject; adkim=s; aspf=s\" at "
        "_dmarc.provider.net and write \"strict_organizations\": [\"provider.net\"], or move the zones below a "
        "registered "
        "domain that no mail uses");
  const std::string said = zones(R"("_spf.provider.net")", R"("include:%{ir}.%{v}.%{d}._spf.provider.net")",
                                 R"(, "strict_organizations": ["provider.net"])");
  CHECK(in_lint(said).empty());
  CHECK(at_load(said, {domain("provider.net", "")}) != "");  // what is known here counts, whatever responder.json says
  CHECK(in_lint(kInclude, {R"({"domain": "provider.net", "spf": {}})"}) != "");  // its DMARC record is elsewhere
  CHECK(in_lint(zones(R"("_spf.a.example", "_spf.b.example")",
                      R"("include:%{ir}.%{v}.%{d}._spf.a.example", "redirect=%{ir}.%{v}.%{d}._spf.b.example")")) != "");
}

TEST_CASE("identities: domains below the organization with records of their own") {
  CHECK(at_load(kInclude, {domain("provider.net", R"(, "aspf": "s")"), domain("news.provider.net", ""),
                           domain("a.news.provider.net", "")}) ==
        "warning: /zones: with receivers that follow RFC 7489, names in \"_spf.provider.net\" (by SPF) pass as "
        "\"news.provider.net\", whose record aligns relaxed: run \"emailauth dmarc set news.provider.net aspf=s "
        "--write\", "
        "or move the zones below a registered domain that no mail uses; the same for 1 more");
  CHECK(at_load(kInclude, {domain("example.com", ""), domain("other-provider.net", "")}).empty());
  CHECK(at_load(kInclude,
                {R"({"domain": "example.com", "aliases": ["x.provider.net"], "spf": {}, "dmarc": {"p": "none"}})"})
            .empty());
  CHECK(at_load(kMirror, {R"({"domain": "provider.net", "mode": "blocked"})"}).empty());
}

TEST_CASE("identities: zones in which nothing passes, and zones that are organizations") {
  // exists: is answered with an address, not with an SPF record that MAIL FROM could name.
  const std::string exists = zones(R"("_spf.provider.net")", R"("exists:%{ir}.%{v}.%{d}._spf.provider.net")");
  CHECK(at_load(exists, {domain("provider.net", "")}).empty());
  CHECK(in_lint(exists).empty());
  CHECK(in_lint(zones(R"("reports.provider.net")", "")).empty());
  CHECK(in_lint(zones(R"("spf-provider.net")", R"("include:%{ir}.%{v}.%{d}.spf-provider.net")")).empty());
  CHECK(in_lint(zones(R"("co.uk")", R"("include:%{ir}.%{v}.%{d}._s.co.uk")")).empty());
}

TEST_CASE("identities: a mirror zone that has the names which receivers ask for") {
  const std::string warning =
      "warning: /mirror_zone: \"_dmarc\" and \"_domainkey\" below \"hosted.provider.net\" make "
      "\"example.com.hosted.provider.net\" a mail domain, which others can impersonate where it aligns relaxed (RFC "
      "7489): let "
      "owners point to the names that \"emailauth records DOMAIN --way cname\" prints, then write "
      "\"mirror_old_names\": "
      "false";
  CHECK(in_lint(kMirror).starts_with(warning));
  std::string without = kMirror;
  without.replace(without.size() - 1, 1, R"(, "mirror_old_names": false, "strict_organizations": ["provider.net"]})");
  CHECK(in_lint(without).empty());
  CHECK(at_load(without, {domain("provider.net", R"(, "aspf": "s")")}).empty());  // nothing passes by DKIM
}

TEST_CASE("identities: a zone too deep for the tree walk of RFC 9989") {
  const std::string deep = "a.b.c.d.e.f.provider.net";
  CHECK(
      in_lint(zones("\"" + deep + "\"", R"("include:%{ir}.%{v}.%{d}.)" + deep + "\"",
                    R"(, "strict_organizations": ["provider.net"])")) ==
      "warning: /zones: the zone \"" + deep +
          "\" has more than 7 labels: receivers by RFC 9989 do not find what it says about itself; use a shorter name");
}

TEST_CASE("mirror names: no receiver queries them") {
  const Name mirror = Name::parse("hosted.provider.net").value();
  const auto name = [&](const char* hosted) -> std::string {
    const Result<Name> found = mirror_name(Name::parse(hosted).value(), mirror);
    return found ? found->to_string() : found.error().message;
  };
  CHECK(name("_dmarc.example.com") == "_dmarc-of.example.com.hosted.provider.net");
  CHECK(name("q2.billing._domainkey.example.com") == "q2.billing._domainkey-of.example.com.hosted.provider.net");
  CHECK(name("default._bimi.example.com") == "default._bimi-of.example.com.hosted.provider.net");
  CHECK(name("_mta-sts.example.com") == "_mta-sts-of.example.com.hosted.provider.net");
  CHECK(name("_smtp._tls.example.com") == "_smtp._tls-of.example.com.hosted.provider.net");
  CHECK(name("www.example.com") == "\"www.example.com\" is not a name that the mirror zone has");
  CHECK(name(("s._domainkey." + std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(60, 'c') + "." +
              std::string(40, 'd') + ".example")
                 .c_str())
            .find("it is longer than 253 characters") != std::string::npos);
}

TEST_CASE("mirror names: the old ones are answered until the operator ends that") {
  const Domains domains = {
      R"({"domain": "example.com", "dmarc": {"p": "none"}, "tls_rpt": {"rua": ["mailto:t@example.com"]},
    "dkim": {"keys": [{"selector": "k.x", "cname": "k.vendor.example"}], "other_selectors": "none"}})"};
  std::string without = kMirror;
  without.replace(without.size() - 1, 1, R"(, "mirror_old_names": false})");
  const auto both = make_responder(kMirror, domains);
  const auto only = make_responder(without, domains);
  const Lines nothing = {"NXDOMAIN"};
  struct Case {
    const char* name;
    const char* old_name;
    Lines answer;
  };
  const Case cases[] = {
      {"_dmarc-of", "_dmarc", {"v=DMARC1; p=none"}},
      {"k.x._domainkey-of", "k.x._domainkey", {"CNAME k.vendor.example"}},
      {"x._domainkey-of", "x._domainkey", {}},
      {"_domainkey-of", "_domainkey", {}},
      {"_smtp._tls-of", "_smtp._tls", {"v=TLSRPTv1; rua=mailto:t@example.com"}},
      {"_tls-of", "_tls", {}},
      {"y._domainkey-of", "y._domainkey", nothing},
      {"_mta-sts-of", "_mta-sts", nothing},
      {"_smtp-of._tls", "_smtp._tls.x", nothing},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string name = std::string(c.name) + ".example.com.hosted.provider.net";
    const std::string old_name = std::string(c.old_name) + ".example.com.hosted.provider.net";
    CHECK(ask(*both, name) == c.answer);
    CHECK(ask(*both, old_name) == c.answer);
    CHECK(ask(*only, name) == c.answer);
    CHECK(ask(*only, old_name) == nothing);
  }
  // In the owner's own zones the labels stay the same.
  CHECK(ask(*both, "_dmarc.example.com").back() == "v=DMARC1; p=none");
  CHECK(ask(*both, "_dmarc-of.example.com") == Lines{"REFUSED"});
}

TEST_CASE("mirror names: where a public suffix is in the mirror zone, its customers are kept apart") {
  const Domains domains = {R"({"domain": "example.com", "dmarc": {"p": "none"}})",
                           R"({"domain": "a.example.co.uk", "dmarc": {"p": "none"}})",
                           R"({"domain": "example.org", "spf": {}})"};
  const auto responder = make_responder(kMirror, domains);
  const Lines suffix = {"v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s; psd=y"};
  for (const char* name : {"com", "uk", "co.uk"}) {
    CAPTURE(name);
    CHECK(ask(*responder, std::string("_dmarc.") + name + ".hosted.provider.net") == suffix);
    CHECK(ask(*responder, std::string("_dmarc-of.") + name + ".hosted.provider.net") == Lines{"NXDOMAIN"});
  }
  // Never at a name that an owner could point to: no owner has asked for this policy.
  for (const char* name : {"example.co.uk", "org", "example.org", "net", "x.com"}) {
    CAPTURE(name);
    CHECK(ask(*responder, std::string("_dmarc.") + name + ".hosted.provider.net") == Lines{"NXDOMAIN"});
  }
  std::string without = kMirror;
  without.replace(without.size() - 1, 1, R"(, "mirror_old_names": false})");
  CHECK(ask(*make_responder(without, domains), "_dmarc.com.hosted.provider.net") == Lines{"NXDOMAIN"});
}
