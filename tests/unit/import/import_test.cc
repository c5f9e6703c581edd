#include "policy/import/import.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/table_dns.h"

using namespace emailauth;
using importing::Import;
using importing::ImportNote;
using nlohmann::json;
using tests::TableDns;

namespace {

const std::string kKey = "SQtHUKdHvsk6qeUAYWXp45PKqKC7VO6hN5zGI+S2F10=";

SenderPolicy sender(const char* id, const char* term, const char* dkim_domain, const char* resolved = "") {
  SenderPolicy out;
  out.id = out.name = id;
  out.spf = {term};
  out.dkim_domains = {*Name::parse(dkim_domain)};
  out.dkim_selectors = {std::string(id) + "1"};
  out.resolved_at = resolved;
  if (*resolved != '\0') out.networks = {*IpPrefix::parse("198.51.100.0/24")};
  return out;
}

struct World {
  std::vector<SenderPolicy> senders = {
      sender("mailer", "include:spf.mailer.example", "mailer.example", "2026-11-01T00:00:00Z")};
  std::vector<SenderPolicy> catalogue = {sender("crm", "include:_spf.crm.example", "crm.example")};
  std::vector<std::string> own_terms = {"include:%{ir}.%{v}.%{d}._spf.provider.net"};
  std::vector<SeenAddress> seen;
  std::vector<Name> subdomains;

  Import import(const std::string& lines) {
    TableDns dns("ns.example.com A 192.0.2.53\n" + lines);
    importing::ImportOptions options;
    options.directory = "/etc/policies";
    for (const char* text : {"s1", "s2", "mailer1", "default", "a.b"}) options.selectors.push_back(*Name::parse(text));
    options.senders = senders;
    options.catalogue = catalogue;
    options.own_terms = own_terms;
    options.seen = seen;
    options.subdomains = subdomains;
    return importing::import_domain(dns, *Name::parse("example.com"), options);
  }
};

// "lost SPF example.com: what | do", one per line; notes left out unless they are wanted.
std::string lines_of(const Import& import, bool with_notes = false) {
  std::string out;
  for (const ImportNote& note : import.notes) {
    if (note.kind == ImportNote::Kind::note && !with_notes) continue;
    const char* kinds[] = {"lost", "needed", "note"};
    out += std::string(kinds[static_cast<int>(note.kind)]) + " " + note.part + " " + note.where + ": " + note.what;
    for (const std::string& line : note.todo.lines()) out += " | " + line;
    out += "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("import: SPF records and the policy that keeps them") {
  struct Case {
    const char* record;
    const char* policy;
    const char* notes;
  };
  const Case kCases[] = {
      {"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::1 -all",
       R"({"all":"-all","netblocks":[{"network":"192.0.2.0/24"},{"network":"2001:db8::1/128"}]})", ""},
      {"v=spf1 include:spf.mailer.example ~all", R"({"all":"~all","senders":["mailer"]})", ""},
      {"v=spf1 include:SPF.Mailer.Example include:spf.mailer.example ?all", R"({"all":"?all","senders":["mailer"]})",
       ""},
      {"v=spf1 redirect=spf.mailer.example", R"({"all":"-all","senders":["mailer"]})", ""},
      {"v=spf1 a mx a:www.example.com/28 -all",
       R"({"all":"-all","netblocks":[{"network":"192.0.2.80/32","note":"a"},{"network":"192.0.2.25/32","note":"mx"},)"
       R"({"network":"2001:db8::25/128","note":"mx"},{"network":"192.0.2.96/28","note":"a:www.example.com/28"}]})",
       ""},
      {"v=spf1 -ip4:192.0.2.128/25 ip4:192.0.2.0/24 -all",
       R"({"all":"-all","netblocks":[{"network":"192.0.2.0/25","note":"ip4:192.0.2.0/24"}]})", ""},
      {"v=spf1 include:_own.example.com ~all",
       R"({"all":"~all","netblocks":[{"network":"203.0.113.7/32"}],"senders":["mailer"]})", ""},
      {"v=spf1 redirect=_own.example.com",
       R"({"all":"-all","netblocks":[{"network":"203.0.113.7/32"}],"senders":["mailer"]})", ""},
      {"v=spf1 ip4:192.0.2.1", R"({"all":"?all","netblocks":[{"network":"192.0.2.1/32"}]})", ""},
      {"v=spf1 include:_spf.crm.example -all", R"({"all":"-all","senders":["crm"]})",
       "needed SPF example.com: \"include:_spf.crm.example\" is the sender \"crm\", which is not among the senders "
       "here | "
       "emailauth senders add crm --policies /etc/policies | emailauth senders refresh crm --policies /etc/policies\n"},
      {"v=spf1 include:spf.unknown.example -all", R"({"all":"-all"})",
       "lost SPF example.com: \"include:spf.unknown.example\": it is not a sending service that is known here | "
       "emailauth senders add unknown --policies /etc/policies --spf include:spf.unknown.example | emailauth "
       "senders refresh unknown --policies /etc/policies | import again\n"},
      {"v=spf1 include:a;reboot;b.vendor.example -all", R"({"all":"-all"})",
       "lost SPF example.com: \"include:a;reboot;b.vendor.example\": it is not a sending service that is known here | "
       "emailauth senders add vendor --policies /etc/policies --spf 'include:a;reboot;b.vendor.example' | emailauth "
       "senders refresh vendor --policies /etc/policies | import again\n"},
      {"v=spf1 +all", R"({"all":"?all"})",
       "lost SPF example.com: \"all\": it lets the whole world send, which no policy can allow; \"?all\" is written | "
       "find "
       "out who sends with \"p=none\" and reports, then name them\n"},
      {"v=spf1 ptr -all", R"({"all":"-all"})",
       "lost SPF example.com: \"ptr\": a policy cannot be based on reverse DNS | add the networks that send | "
       "emailauth netblock add example.com NETWORK --policies /etc/policies\n"},
      {"v=spf1 ip4:0.0.0.0/1 -all", R"({"all":"-all"})",
       "lost SPF example.com: \"ip4:0.0.0.0/1\": \"0.0.0.0/1\" authorises strangers: it is wider than /8; name the "
       "networks that send\n"},
      {"v=spf1 -include:spf.mailer.example ip4:192.0.2.1 -all",
       R"({"all":"-all","netblocks":[{"network":"192.0.2.1/32"}]})",
       "lost SPF example.com: \"-include:spf.mailer.example\": a policy says who may send, and not who may not | make "
       "sure that no term after it allows what it refuses, and remove it\n"},
      {"v=spf1 -ip4:198.51.100.7 include:spf.mailer.example -all", R"({"all":"-all","senders":["mailer"]})",
       "lost SPF example.com: \"include:spf.mailer.example\": terms before it refuse addresses that the sender may "
       "have "
       "| see which of them send, and whether they should\n"},
      {"v=spf1 include:loop.example.com -all", R"({"all":"-all"})",
       "lost SPF loop.example.com: \"include:loop.example.com\": it leads back to where it came from, an error for "
       "every "
       "receiver (RFC 7208, 4.6.4) | remove the term\n"},
      {"v=spf1 include:gone.example.com -all", R"({"all":"-all"})",
       "lost SPF gone.example.com: \"include:gone.example.com\": the name has no SPF record, an error for every "
       "receiver "
       "(RFC 7208, 5.2) | remove the term\n"},
      {"v=spf1 include:%{ir}.%{v}.%{d}._spf.other.example -all", R"({"all":"-all"})",
       "lost SPF example.com: \"include:%{ir}.%{v}.%{d}._spf.other.example\": it does not reveal who may send, and "
       "answers for each address separately | list the addresses seen sending in a file, and import with --ips FILE\n"},
      {"v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.net -all", R"({"all":"-all"})",
       "lost SPF example.com: \"include:%{ir}.%{v}.%{d}._spf.provider.net\": it points to this responder itself | what "
       "it allows is in a policy here; look for it in the other policies\n"},
      {"v=spf1 ip4:192.0.2.300 -all", "null",
       "lost SPF example.com: at 11: \"ip4:192.0.2.300\": \"192.0.2.300\" is not an IPv4 address; write "
       "\"ip4:192.0.2.1\" or "
       "\"ip4:192.0.2.0/24\"; an error for every receiver (RFC 7208, 4.6) | correct the record, then import again\n"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.record);
    const Import got =
        World().import("example.com TXT " + std::string(c.record) +
                       "\nexample.com A 192.0.2.80\nexample.com MX mx.example.com\n"
                       "mx.example.com A 192.0.2.25\nmx.example.com AAAA 2001:db8::25\n"
                       "www.example.com A 192.0.2.99\nspf.mailer.example TXT v=spf1 ip4:198.51.100.0/24 -all\n"
                       "_own.example.com TXT v=spf1 ip4:203.0.113.7 include:spf.mailer.example -all\n"
                       "loop.example.com TXT v=spf1 include:loop.example.com -all\n");
    const json policy = json::parse(got.policy);
    CHECK(policy.value("spf", json()).dump() == c.policy);
    CHECK(lines_of(got) == c.notes);
    CHECK(got.complete() == std::string(c.notes).empty());
  }
}

TEST_CASE("import: what a term that does not reveal its list says about addresses that were seen") {
  World world;
  for (const char* text : {"192.0.2.7", "203.0.113.9", "198.51.100.20"}) {
    world.seen.push_back({*IpAddress::parse(text), "mx.example.com", "joe"});
  }
  const Import got = world.import(
      "example.com TXT v=spf1 include:%{i}._h.%{h}.%{l}._spf.other.example include:spf.mailer.example -all\n"
      "192.0.2.7._h.mx.example.com.joe._spf.other.example TXT v=spf1 ip4:192.0.2.7 -all\n"
      "203.0.113.9._h.mx.example.com.joe._spf.other.example TXT v=spf1 -all\n"
      "198.51.100.20._h.mx.example.com.joe._spf.other.example TXT v=spf1 ip4:198.51.100.20 -all\n");
  const json spf = json::parse(got.policy)["spf"];
  CHECK(spf.dump() == R"({"all":"-all","netblocks":[{"network":"192.0.2.7/32","note":"seen sending; authorised by )"
                      R"(include:%{i}._h.%{h}.%{l}._spf.other.example"}],"senders":["mailer"]})");
  CHECK(got.complete());
  CHECK(lines_of(got, true).find("of 3 addresses that were checked 2 may") != std::string::npos);
}

TEST_CASE("import: DMARC records, tag by tag") {
  const std::pair<const char*, const char*> kCases[] = {
      {"v=DMARC1; p=reject; rua=mailto:d@example.com", R"({"p":"reject","rua":["mailto:d@example.com"]})"},
      {"v=DMARC1; p=none", R"({"p":"none","rua":[]})"},  // without the list reports would go to the responder's mailbox
      {"v=DMARC1;p=Quarantine;sp=none;np=reject;adkim=S;aspf=r;fo=1:d;ruf=mailto:f@example.com;rua=mailto:a@other."
       "example!10m",
       R"({"adkim":"s","aspf":"r","fo":["1","d"],"np":"reject","p":"quarantine","rua":["mailto:a@other.example"],"ruf":["mailto:f@example.com"],"sp":"none"})"},
      {"v=DMARC1; p=reject; pct=20; ri=3600; rf=afrf",
       R"({"legacy":{"pct":20,"rf":"afrf","ri":3600},"p":"reject","rua":[]})"},
      {"v=DMARC1; p=reject; t=y; pct=0", R"({"p":"reject","rua":[],"t":true})"},
      {"v=DMARC1; rua=mailto:d@example.com", R"({"p":"none","rua":["mailto:d@example.com"]})"},
      {"v=DMARC1; p=rejct", "null"},
      {"v=DMARC1; p=reject; psd=n; x=y; pct=200", R"({"p":"reject","psd":"n","rua":[]})"},
  };
  for (const auto& [record, policy] : kCases) {
    CAPTURE(record);
    const Import got = World().import("_dmarc.example.com TXT " + std::string(record) + "\n");
    CHECK(json::parse(got.policy).value("dmarc", json()).dump() == policy);
    CHECK(got.complete());
  }
  const Import two =
      World().import("_dmarc.example.com TXT v=DMARC1; p=none\n_dmarc.example.com TXT v=DMARC1; p=reject\n");
  CHECK(lines_of(two) ==
        "lost DMARC _dmarc.example.com: 2 records, none of which receivers use: \"v=DMARC1; p=none\" and \"v=DMARC1; "
        "p=reject\" | remove all but one, then import again\n");
}

TEST_CASE("import: DKIM keys, CNAMEs and wildcards") {
  struct Case {
    std::string lines;
    std::string policy;
    std::string notes;
  };
  const std::string key = "k=ed25519; p=" + kKey;
  const Case kCases[] = {
      {"s1._domainkey.example.com TXT v=DKIM1; t=y:s; " + key + "\n",
       R"({"keys":[{"public_key":")" + kKey + R"(","selector":"s1","strict":true,"testing":true,"type":"ed25519"}]})",
       ""},
      {"a.b._domainkey.example.com TXT " + key + "; s=email; h=sha1:sha256; n=hello\n",
       R"({"keys":[{"public_key":")" + kKey + R"(","selector":"a.b","type":"ed25519"}]})", ""},
      {"s2._domainkey.example.com CNAME s2.mailer.example\n",
       R"({"keys":[{"cname":"s2.mailer.example","selector":"s2","sender":"mailer"}]})", ""},
      {"s1._domainkey.example.com TXT v=DKIM1; p=\n", R"({"keys":[{"selector":"s1","state":"revoked"}]})", ""},
      {"s1._domainkey.example.com TXT v=DKIM1; p=AAAA\n", "null", ""},  // no receiver can use it today
      {"*._domainkey.example.com TXT x\n", "null", ""},                 // no receiver queries a star here
      {"s1._domainkey.example.com TXT " + key + "\ns1._domainkey.example.com TXT v=DKIM1; p=\n", "null",
       "lost DKIM s1._domainkey.example.com: 2 records: receivers verify with either, or with none | remove all but "
       "one, "
       "then import again\n"},
      {"no-such-selector-emailauth._domainkey.example.com TXT v=DKIM1; p=\ns1._domainkey.example.com TXT v=DKIM1; p=\n",
       R"({"other_selectors":"revoked"})", ""},
      {"no-such-selector-emailauth._domainkey.example.com TXT " + key + "\ns1._domainkey.example.com TXT " + key + "\n",
       "null",
       "lost DKIM *._domainkey.example.com: every selector is answered with \"" + key +
           "\" | name the selectors in use with --selector, as in s= of a DKIM-Signature header\n"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.lines);
    const Import got = World().import(c.lines);
    CHECK(json::parse(got.policy).value("dkim", json()).dump() == c.policy);
    CHECK(lines_of(got) == c.notes);
  }
  const Import with_sender = World().import(
      "example.com TXT v=spf1 include:spf.mailer.example -all\nmailer1._domainkey.example.com TXT " + key + "\n");
  CHECK(json::parse(with_sender.policy)["dkim"]["keys"][0]["sender"] == "mailer");
}

TEST_CASE("import: BIMI, MTA-STS, TLS-RPT and subdomains") {
  World world;
  world.subdomains = {*Name::parse("odd.name")};
  const Import got = world.import(
      "default._bimi.example.com TXT v=BIMI1; l=https://example.com/l.svg; a=https://example.com/v.pem; avp=brand\n"
      "_mta-sts.example.com TXT v=STSv1; id=2026;\n_smtp._tls.example.com TXT v=TLSRPTv1; "
      "rua=mailto:t@example.com,https://example.com/r\n"
      "news.example.com TXT v=spf1 ip4:192.0.2.9 -all\n_dmarc.news.example.com TXT v=DMARC1; p=reject\n"
      "s1._domainkey.news.example.com TXT v=DKIM1; p=\nwww.example.com CNAME cdn.example\ncdn.example TXT v=spf1 -all\n"
      "_dmarc.odd.name.example.com TXT v=DMARC1; p=quarantine\n_dmarc.unknown.example.com TXT v=DMARC1; p=none\n");
  const json policy = json::parse(got.policy);
  CHECK(policy["bimi"].dump() ==
        R"({"default":{"avatar":"brand","evidence":"https://example.com/v.pem","logo":"https://example.com/l.svg"}})");
  CHECK(policy["mta_sts"].dump() == R"({"id":"2026"})");
  CHECK(policy["tls_rpt"].dump() == R"({"rua":["mailto:t@example.com","https://example.com/r"]})");
  CHECK(
      policy["subdomains"].dump() ==
      R"({"news":{"dkim":{"keys":[{"selector":"s1","state":"revoked"}]},"dmarc":{"p":"reject","rua":[]},)"
      R"("spf":{"all":"-all","netblocks":[{"network":"192.0.2.9/32"}]}},"odd.name":{"dmarc":{"p":"quarantine","rua":[]}}})");
  CHECK(got.complete());
}

TEST_CASE("import: useless records are left out, and named") {
  const Import got = World().import(
      "default._bimi.example.com TXT v=BIMI1; l=http://example.com/l.svg\n_mta-sts.example.com TXT v=STSv1; "
      "id=2026-11\n"
      "_smtp._tls.example.com TXT v=TLSRPTv1; rua=tls@example.com\n");
  CHECK(json::parse(got.policy).dump() == R"({"domain":"example.com"})");
  CHECK(got.complete());
  const std::string notes = lines_of(got, true);
  CHECK(notes.find("note BIMI default._bimi.example.com: \"v=BIMI1; l=http://example.com/l.svg\" is of no use to "
                   "receivers; left out") != std::string::npos);
  CHECK(notes.find("note MTA-STS _mta-sts.example.com: ") != std::string::npos);
  CHECK(notes.find("note TLS-RPT _smtp._tls.example.com: ") != std::string::npos);
}

TEST_CASE("import: a failure is not an absence") {
  for (const char* name : {"example.com", "_dmarc.example.com", "s2._domainkey.example.com", "mail.example.com",
                           "_smtp._tls.example.com"}) {
    for (const char* how : {"SERVFAIL", "TIMEOUT", "BOGUS"}) {
      CAPTURE(name);
      CAPTURE(how);
      const Import got = World().import(std::string(name) + " " + how + "\n");
      CHECK(got.policy.empty());
      CHECK_FALSE(got.complete());
      const char* why = how[0] == 'S' ? "SERVFAIL" : how[0] == 'T' ? "no answer in time" : "it does not validate";
      REQUIRE_FALSE(got.failures.empty());
      CHECK(got.failures.front() == "TXT at " + std::string(name) + ": " + why);
    }
  }
  TableDns empty("");
  const Import missing = importing::import_domain(empty, *Name::parse("example.com"), {});
  CHECK_FALSE(missing.exists);
  CHECK_FALSE(missing.complete());
}
