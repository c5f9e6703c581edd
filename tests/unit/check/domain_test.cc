#include "policy/check/check.h"

#include <doctest/doctest.h>

#include "tests/unit/table_dns.h"

using namespace emailauth;
using tests::names_of;
using tests::TableDns;

namespace {

constexpr const char* kFine =
    "example.com TXT v=spf1 ip4:192.0.2.1 -all\n"
    "example.com MX mx.example.com\n"
    "mx.example.com A 192.0.2.1\n"
    "1.2.0.192.in-addr.arpa PTR mx.example.com\n"
    "_dmarc.example.com TXT v=DMARC1; p=reject; rua=mailto:d@example.com\n"
    "s1._domainkey.example.com TXT v=DKIM1; k=ed25519; p=9WWZ4LbWD5eMeJu4DqHGQR7konzJpaYjaV6zg9LcWHM=\n";

check::DomainReport check_world(const std::string& lines, std::span<const SenderPolicy> catalogue = {}) {
  TableDns dns(lines);
  check::CheckOptions options;
  options.selectors = {*Name::parse("s1")};
  options.catalogue = catalogue;
  return check::check_domain(dns, *Name::parse("example.com"), options);
}

}  // namespace

TEST_CASE("check: the domain itself, mail servers and services") {
  struct Case {
    const char* why;
    std::string lines;
    const char* findings;
  };
  const std::string fine = kFine;
  const Case kCases[] = {
      {"nothing is wrong", fine, ""},
      {"it does not exist", "example.org A 192.0.2.1\n", "domain-missing"},
      {"its servers fail", "example.com SERVFAIL\n", "dns-servfail"},
      {"no answer in time", "example.com TIMEOUT\n", "dns-timeout"},
      {"bogus", "example.com BOGUS\n", "dnssec-bogus"},
      {"a CNAME that leads back", "example.com CNAME www.example.com\nwww.example.com CNAME example.com\n",
       "dns-servfail"},
      {"_dmarc is bogus", fine + "example.com SECURE\n_dmarc.example.com BOGUS\n", "dmarc-unavailable dnssec-bogus"},
      {"_dmarc is unsigned", fine + "example.com SECURE\n_dmarc.example.com INSECURE\n", "dnssec-weaker-pointer"},
      {"a mail server without address", fine + "example.com MX old.example.com\n", "mx-host-missing"},
      {"a mail server that does not answer", fine + "example.com MX slow.example.com\nslow.example.com TIMEOUT\n", ""},
      {"an address for a mail server", fine + "example.com MX 192.0.2.1\n", "mx-is-address"},
      {"a null MX beside another", fine + "example.com MX .\n", "mx-null-with-others"},
      {"a null MX and no SPF record",
       "example.com MX .\n_dmarc.example.com TXT v=DMARC1; p=reject; rua=mailto:d@mx.example.com\nmx.example.com A "
       "192.0.2.1\n",
       "spf-missing dkim-not-found"},
      {"a BIMI record that declines", fine + "default._bimi.example.com TXT v=BIMI1; l=; a=;\n", ""},
      {"MTA-STS alone", fine + "_mta-sts.example.com TXT v=STSv1; id=1;\nmta-sts.example.com A 192.0.2.1\n",
       "tls-rpt-missing"},
      {"an id of 33 characters",
       fine + "_mta-sts.example.com TXT v=STSv1; id=" + std::string(33, 'x') +
           ";\nmta-sts.example.com A 192.0.2.1\n_smtp._tls.example.com TXT v=TLSRPTv1;rua=https://example.com/r\n",
       "mta-sts-syntax"},
      {"a wildcard answers for services", fine + "_smtp._tls.example.com TXT v=spf1 -all\n", ""},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.why);
    CHECK(names_of(check_world(c.lines).findings) == c.findings);
  }
}

TEST_CASE("check: names of addresses, forward and back") {
  CHECK(check::reverse_name(*IpAddress::parse("192.0.2.1")).to_string() == "1.2.0.192.in-addr.arpa");
  CHECK(check::reverse_name(*IpAddress::parse("2001:db8::1")).to_string() ==
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  std::string other = kFine;
  other.replace(other.find("PTR mx.example.com"), 18, "PTR host7.isp.example");
  const check::DomainReport report = check_world(other + "host7.isp.example A 192.0.2.7\n");
  REQUIRE(names_of(report.findings) == "rdns-not-confirmed");
  CHECK(report.findings.all()[0].what ==
        "\"192.0.2.1\" is called \"host7.isp.example\", which does not resolve back to it");
}

TEST_CASE("check: providers are known by the end of their names only") {
  CHECK(check::provider_of(*Name::parse("x._spf.vali.email")) == "Valimail");
  CHECK(check::provider_of(*Name::parse("VALI.EMAIL")) == "Valimail");
  CHECK(check::provider_of(*Name::parse("notvali.email")).empty());
  CHECK(check::provider_of(*Name::parse("vali.email.example")).empty());
}

TEST_CASE("check: who answers for a domain now") {
  SenderPolicy vendor;
  vendor.name = "Vendor";
  vendor.spf = {"include:_spf.vendor.example"};
  const std::vector<SenderPolicy> catalogue = {vendor};
  const check::DomainReport report = check_world(
      "example.com TXT v=spf1 include:_spf.vendor.example include:_u.example.com._spf.smart.ondmarc.com -all\n"
      "_dmarc.example.com CNAME example.com._dmarc.easydmarc.pro\n"
      "_domainkey.example.com NS ns1.sendmarc.com\n",
      catalogue);
  std::string hosts;
  for (const check::Host& host : report.hosts) hosts += host.part + " " + host.service + ": " + host.evidence + "\n";
  CHECK(hosts ==
        "SPF Vendor: include:_spf.vendor.example\n"
        "SPF Red Sift OnDMARC: include:_u.example.com._spf.smart.ondmarc.com\n"
        "DMARC EasyDMARC: _dmarc CNAME example.com._dmarc.easydmarc.pro\n"
        "DKIM Sendmarc: _domainkey NS ns1.sendmarc.com\n");
}
