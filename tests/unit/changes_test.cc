#include "policy/changes.h"

#include <doctest/doctest.h>

#include "tests/make_responder.h"

using namespace emailauth;
using emailauth::tests::make_responder;

namespace {

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net"]})";
constexpr const char* kFull = R"({"domain": "example.com", "dmarc": {"p": "reject"},
  "dkim": {"keys": [{"selector": "a.b", "cname": "x.example"}]}, "bimi": {"default": {"logo": ""}}})";

std::vector<std::string> apexes(const std::vector<ZoneInfo>& zones) {
  std::vector<std::string> out;
  for (const ZoneInfo& zone : zones) out.push_back(zone.apex.to_string());
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("changes: zones that come and go") {
  const auto before = make_responder(kResponder, {R"({"domain": "old.example", "dmarc": {"p": "none"}})"});
  const auto after = make_responder(
      R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net", "zones": ["_spf.provider.net", "hosted.provider.net"]})",
      {R"({"domain": "new.example", "dmarc": {"p": "none"}, "tls_rpt": {"rua": ["mailto:t@new.example"]}})"});
  const Changes changes = compare(*before, *after);
  CHECK(apexes(changes.added) == Texts{"hosted.provider.net", "_dmarc.new.example", "_smtp._tls.new.example"});
  CHECK(apexes(changes.removed) == Texts{"_dmarc.old.example"});
  CHECK(changes.notable == Texts{"old.example is no longer managed"});
  CHECK(changes.added.front().id == after->zone_at(changes.added.front().apex)->id);
  const Changes back = compare(*after, *before);
  CHECK(apexes(back.added) == apexes(changes.removed));
  CHECK(apexes(back.removed) == apexes(changes.added));
}

TEST_CASE("changes: what an operator would want to be told") {
  struct Case {
    const char* why;
    const char* after;
    Texts notable;
  };
  const Case cases[] = {
      {"the same policy, read again", kFull, {}},
      {"less strict",
       R"({"domain": "example.com", "dmarc": {"p": "quarantine"}, "dkim": {"keys": [{"selector": "c", "cname": "y.example"}]},
           "bimi": {"x": {"logo": ""}}})",
       {"example.com no longer has p=reject"}},
      {"only tested",
       R"({"domain": "example.com", "dmarc": {"p": "reject", "t": true}, "dkim": {"keys": [{"selector": "c", "cname": "y.example"}]},
           "bimi": {"x": {"logo": ""}}})",
       {"example.com no longer has p=reject"}},
      {"no selectors",
       R"({"domain": "example.com", "dmarc": {"p": "reject"}, "dkim": {"keys": []}, "bimi": {"x": {"logo": ""}}})",
       {"_domainkey.example.com has no selectors any more"}},
      {"no families",
       R"({"domain": "example.com", "dmarc": {"p": "reject"}})",
       {"_domainkey.example.com is no longer served", "_bimi.example.com is no longer served"}},
      {"an alias of another domain is not managed",
       R"({"domain": "other.example", "aliases": ["example.com"], "spf": {}})",
       {"example.com is no longer managed"}},
  };
  const auto before = make_responder(kResponder, {kFull});
  for (const Case& c : cases) {
    CAPTURE(c.why);
    CHECK(compare(*before, *make_responder(kResponder, {c.after})).notable == c.notable);
  }
  CHECK(compare(*before, *before).notable.empty());
}
