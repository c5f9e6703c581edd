#include <doctest/doctest.h>

#include "policy/check/dmarc_meaning.h"

using namespace emailauth;

TEST_CASE("DmarcMeaning: defaults, values that are not used, and records that are not a policy") {
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
