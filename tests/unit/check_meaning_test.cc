#include <doctest/doctest.h>

#include "policy/check/dkim_record.h"
#include "policy/check/dmarc_meaning.h"

using namespace emailauth;

TEST_CASE("DkimRecord: what receivers take, and why they do not") {
  const std::string key = "SQtHUKdHvsk6qeUAYWXp45PKqKC7VO6hN5zGI+S2F10=";
  const auto good = check::read_dkim_record(
      "k=Ed25519; t = y : s ; h=sha1:SHA256; s=*; p=SQtHUKdHvsk6qeUAYWXp\n 45PKqKC7VO6hN5zGI+S2F10=; n=x");
  REQUIRE(good);
  CHECK((good->type == DkimKeyType::ed25519 && good->key == key && good->testing && good->strict));
  const auto revoked = check::read_dkim_record("v=DKIM1; p=");
  REQUIRE(revoked);
  CHECK(revoked->key.empty());
  const std::pair<std::string, const char*> kRefused[] = {
      {"v=DKIM2; p=", "\"v=DKIM2; p=\" is of another version"},
      {"p=; v=DKIM1", "\"p=; v=DKIM1\" is of another version"},
      {"v=DKIM1; k=rsa", "\"v=DKIM1; k=rsa\" has no p="},
      {"h=sha1; p=", "\"h=sha1; p=\" excludes SHA-256"},
      {"s=tlsrpt; p=", "\"s=tlsrpt; p=\" is not for mail"},
      {"k=dsa; p=", "\"k=dsa; p=\" has a type of key that nobody knows"},
      {"k=ed25519; p=AAAA",
       "p=: an ed25519 public key has 32 octets, this has 3; write the 44 characters of its base64"},
  };
  for (const auto& [record, why] : kRefused) {
    const auto got = check::read_dkim_record(record);
    REQUIRE_FALSE(got);
    CHECK(got.error().message == why);
  }
}

TEST_CASE("DmarcMeaning: defaults, values that are not used, and records that are no policy") {
  const check::DmarcMeaning plain = check::dmarc_meaning("v=DMARC1; p=QUARANTINE");
  CHECK((plain.is_policy && plain.says_p && plain.unused.empty() && plain.policy.rua->empty()));
  CHECK(plain.subdomains() == DmarcAction::quarantine);
  CHECK(plain.missing_subdomains() == DmarcAction::quarantine);
  const check::DmarcMeaning sub = check::dmarc_meaning("v=DMARC1; p=reject; sp=none");
  CHECK(sub.missing_subdomains() == DmarcAction::none);
  const check::DmarcMeaning odd = check::dmarc_meaning(
      "v=DMARC1; p=reject; p=none; adkim=x; fo=1:1:0:z; pct=101; nonsense; rua=mailto:a@example.com!10m,ftp://x, "
      "mailto:a@example.com");
  CHECK(odd.policy.p == DmarcAction::reject);
  CHECK(odd.policy.fo == "1");
  CHECK(odd.policy.rua == std::vector<std::string>{"mailto:a@example.com"});
  CHECK(odd.unused == std::vector<std::string>{"nonsense", "p=none", "adkim=x", "pct=101", "!10m", "ftp://x"});
  CHECK_FALSE(check::dmarc_meaning("v=DMARC1").is_policy);
  CHECK_FALSE(check::dmarc_meaning("v=DMARC1; p=x").is_policy);
  const check::DmarcMeaning reports = check::dmarc_meaning("v=DMARC1; rua=mailto:a@example.com");
  CHECK((reports.is_policy && !reports.says_p && reports.policy.p == DmarcAction::none));
}
