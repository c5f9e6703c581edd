#include "policy/check/dkim_check.h"

#include <doctest/doctest.h>

#include "tests/unit/table_dns.h"

using namespace emailauth;
using tests::names_of;
using tests::TableDns;

namespace {

constexpr const char* kRsa512 =
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMt0S+Y+2dl2xcxJFRrI0ge3UwGYKIGpatlkjD/ZUakE02yNymT5mGpzLhvIfThqfNYWM1GaeSfsRWTG3/"
    "BI62kCAwEAAQ==";
constexpr const char* kRsa1024 =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCyTCVD19Ue0bx5DqfFiFqAhWJVRHN8tQ+0hGXEg4ZdmlPvpx7N3r7iN25hFwZ2fNzFbXTiWJDLgN"
    "k/ORyVgS+VKzPGBJvtJwotS7HcPtlnum64JeFu2b5I+pyAJlNV31SzmxC/Q/ilwjLWbpXXiNFVcEgv5iG54JPbPaIWjVrv2wIDAQAB";
constexpr const char* kEd25519 = "9WWZ4LbWD5eMeJu4DqHGQR7konzJpaYjaV6zg9LcWHM=";

struct Checked {
  check::Findings findings;
  check::DkimReport report;
};

Checked check_records(const std::string& lines, bool sends = true) {
  TableDns dns("example.com A 192.0.2.80\n" + lines);
  Checked out;
  const std::vector<Name> selectors = {*Name::parse("s1"), *Name::parse("s2"), *Name::parse("a.b")};
  out.report = check::check_dkim({*Name::parse("example.com"), dns, out.findings}, selectors, sends);
  return out;
}

}  // namespace

TEST_CASE("check DKIM: key records and what is found") {
  struct Case {
    std::string record;
    const char* findings;
  };
  const Case kCases[] = {
      {std::string("v=DKIM1; k=ed25519; p=") + kEd25519, ""},
      {std::string("k=ED25519; p=9WWZ4LbWD5eMeJu4 DqHGQR7konzJpaYjaV6zg9LcWHM="), ""},
      {std::string("p=") + kRsa1024, "dkim-key-short"},
      {std::string("v=DKIM1; p=") + kRsa512, "dkim-key-too-short"},
      {std::string("v=DKIM1; t=s; s=email:x; h=sha1:sha256; k=ed25519; p=") + kEd25519, ""},
      {std::string("v=DKIM1; t=y:s; k=ed25519; p=") + kEd25519, "dkim-testing"},
      {std::string("k=ed25519; v=DKIM1; p=") + kEd25519, "dkim-version"},
      {std::string("v=DKIM1; k=rsa; p=") + kEd25519, "dkim-unreadable"},
      {"v=DKIM1; p=MIIB\\\"", "dkim-unreadable"},
      {"v=DKIM1; p=", "dkim-revoked"},
      {"v=DKIM1; k=rsa", "dkim-no-key"},
      {"v=spf1 -all", "dkim-version"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.record);
    CHECK(names_of(check_records("s1._domainkey.example.com TXT " + c.record + "\n").findings) == c.findings);
  }
}

TEST_CASE("check DKIM: selectors that are CNAMEs, and with dots") {
  const std::string key = std::string("TXT v=DKIM1; k=ed25519; p=") + kEd25519 + "\n";
  const Checked checked = check_records("s1._domainkey.example.com CNAME s1.vendor.example\ns1.vendor.example " + key +
                                        "s2._domainkey.example.com CNAME gone.vendor.example\n"
                                        "a.b._domainkey.example.com " +
                                        key);
  CHECK(names_of(checked.findings) == "dkim-dangling");
  REQUIRE(checked.report.keys.size() == 2);
  CHECK(checked.report.keys[0].alias->to_string() == "s1.vendor.example");
  CHECK(checked.report.keys[0].bits == 256);
  CHECK(checked.report.keys[1].selector.to_string() == "a.b");
}

TEST_CASE("check DKIM: a domain that sends nothing needs no key") {
  CHECK(names_of(check_records("").findings) == "dkim-not-found");
  CHECK(names_of(check_records("", false).findings).empty());
}

TEST_CASE("check DKIM: names that fail are reported once") {
  const Checked checked = check_records("s1._domainkey.example.com SERVFAIL\ns2._domainkey.example.com TIMEOUT\n");
  REQUIRE(names_of(checked.findings) == "dkim-unavailable");
  CHECK(checked.findings.all()[0].what == "2 of 3 names below _domainkey: SERVFAIL");
}
