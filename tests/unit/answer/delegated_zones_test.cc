// Zones that owners delegate to us: they stay when the policy no longer has anything for them.
#include <doctest/doctest.h>

#include <set>

#include "policy/answer/explain.h"
#include "policy/directory/changes.h"
#include "policy/directory/directory_lint.h"
#include "tests/make_responder.h"
#include "tests/policy_tree.h"
#include "tests/some_day.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::kSomeDay;
using emailauth::tests::make_responder;
using emailauth::tests::PolicyTree;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net", "hosted.provider.net"], "mirror_zone": "hosted.provider.net", "serial": 7,
  "strict_organizations": ["provider.net"]})";
const std::string kFamilies =
    R"("bimi": {"default": {"logo": "https://example.com/l.svg"}}, "tls_rpt": {"rua": ["mailto:t@example.com"]}, "mta_sts": {"id": "1"})";
const Lines kApex = {"SOA ns1.provider.net h.provider.net 7 10800 3600 604800 300", "NS ns1.provider.net"};
const Lines kRefused = {"REFUSED"};
const Lines kMissing = {"NXDOMAIN"};

struct World {
  World() {
    tree.write("responder.json", kResponder);
    write(kFamilies);
    REQUIRE(reload().diagnostics.empty());
    REQUIRE(ask("default._bimi.example.com").size() == 1);
  }
  void write(const std::string& more) { tree.write("domains/a.json", R"({"domain": "example.com", )" + more + "}"); }
  const LoadReport& reload() { return directory.reload(kSomeDay); }
  Lines ask(const std::string& name) const { return tests::ask(*directory.report().responder, name); }
  Lines ask_after_restart(const std::string& name) const {
    PolicyDirectory fresh(tree.path().string());
    return tests::ask(*fresh.reload(kSomeDay).responder, name);
  }
  Lines said() const { return lines(directory.report().diagnostics); }
  Lines lint() const { return lines(lint_directory(tree.path().string(), kSomeDay).findings); }
  static Lines lines(const Diagnostics& diagnostics) {
    Lines out;
    for (const Diagnostic& d : diagnostics)
      if (d.file != "responder.json") out.push_back(to_string(d));
    return out;
  }
  std::size_t listed() const {
    std::set<std::string> apexes;
    directory.report().responder->for_each_zone([&](const ZoneInfo& zone) { apexes.insert(zone.apex.to_string()); });
    return apexes.size();
  }

  PolicyTree tree;
  PolicyDirectory directory{tree.path().string()};
};

std::set<std::string> apexes(const std::vector<ZoneInfo>& zones) {
  std::set<std::string> out;
  for (const ZoneInfo& zone : zones) out.insert(zone.apex.to_string());
  return out;
}

}  // namespace

TEST_CASE("A5: a zone whose records are removed from the policy is not refused") {
  World w;
  const std::size_t zones = w.listed();
  const auto before = w.directory.report().responder;
  w.write(R"("dmarc": {"p": "none"})");
  w.reload();
  CHECK(w.said() ==
        Lines{"domains/a.json:1: warning: \"example.com\" has no records of _bimi, _mta-sts, _smtp._tls any "
              "more; these zones stay, empty, only until the server restarts: write "
              "\"delegated\": [\"bimi\", \"mta_sts\", \"tls_rpt\"] as long as its owner delegates them, or "
              "\"delegated\": [] to end them now"});
  for (const char* apex : {"_bimi.example.com", "_mta-sts.example.com", "_smtp._tls.example.com"}) {
    CAPTURE(apex);
    CHECK(w.ask(apex) == kApex);
    CHECK(w.ask(std::string("default.") + apex) == kMissing);
    CHECK(w.ask(std::string(apex) + "-of.hosted.provider.net") == kMissing);
  }
  CHECK(w.listed() == zones + 1);
  CHECK(w.directory.report().responder->zone_count() == zones + 1);
  const Changes changes = compare(*before, *w.directory.report().responder);
  CHECK(apexes(changes.added) == std::set<std::string>{"_dmarc.example.com"});
  CHECK(changes.removed.empty());
  CHECK(changes.notable == Lines{"_bimi.example.com is served empty", "_mta-sts.example.com is served empty",
                                 "_smtp._tls.example.com is served empty"});
  CHECK(explain(*w.directory.report().responder, *Name::parse("_bimi.example.com")).reason ==
        "the zone _bimi is served empty: the policy had records for it before, and an owner's delegation may still "
        "exist");

  SUBCASE("whatever changes besides, as long as the server runs") {
    w.write(R"("dmarc": {"p": "reject"})");
    w.reload();
    w.tree.write("domains/b.json", R"({"domain": "example.org", "dmarc": {"p": "none"}})");
    w.reload();
    CHECK(w.ask("_bimi.example.com") == kApex);
    CHECK(w.said().size() == 1);
  }
  SUBCASE("records that come back are served, and nothing is to be said") {
    w.write(R"("dmarc": {"p": "none"}, )" + kFamilies);
    w.reload();
    CHECK(w.said().empty());
    CHECK(w.ask("default._bimi.example.com").size() == 1);
    CHECK(w.listed() == zones + 1);
  }
  SUBCASE("\"delegated\" keeps some of them, also after a restart, and ends the others") {
    const auto kept = w.directory.report().responder;
    w.write(R"("dmarc": {"p": "none"}, "delegated": ["bimi"])");
    w.reload();
    CHECK(w.said().empty());
    CHECK(w.ask("_bimi.example.com") == kApex);
    CHECK(w.ask_after_restart("_bimi.example.com") == kApex);
    CHECK(w.ask_after_restart("default._bimi.example.com") == kMissing);
    CHECK(w.ask("_smtp._tls.example.com") == kRefused);
    CHECK(apexes(compare(*kept, *w.directory.report().responder).removed) ==
          std::set<std::string>{"_mta-sts.example.com", "_smtp._tls.example.com"});
    CHECK(w.lint() == Lines{"domains/a.json:1: advice: \"_bimi.example.com\" is served empty, because "
                            "\"delegated\" lists \"bimi\": remove that there when its owner's name servers no longer "
                            "delegate it (dig NS _bimi.example.com)"});
  }
  SUBCASE("\"delegated\": [] ends all of them") {
    w.write(R"("dmarc": {"p": "none"}, "delegated": [])");
    w.reload();
    CHECK(w.ask("_bimi.example.com") == kRefused);
    CHECK(w.listed() == 3);
  }
  SUBCASE("the domain that is no longer managed has no zones") {
    w.tree.write("domains/b.json", R"({"domain": "example.org"})");
    std::filesystem::remove(w.tree.path() / "domains/a.json");
    w.reload();
    CHECK(w.ask("_bimi.example.com") == kRefused);
    CHECK(w.said().empty());
  }
}

TEST_CASE("A5: a domain that is blocked keeps its zones") {
  World w;
  SUBCASE("with its policy") {
    w.write(R"("mode": "blocked", )" + kFamilies);
    w.reload();
    CHECK(w.said().empty());
    CHECK(w.ask_after_restart("_bimi.example.com") == kApex);
    CHECK(w.ask_after_restart("_smtp._tls.example.com").size() == 3);
    CHECK(w.lint() ==
          Lines{"domains/a.json:1: advice: \"_bimi.example.com\" is served empty, because the "
                "domain is blocked and its policy has \"bimi\": remove that when its owner's name servers no "
                "longer delegate it (dig NS _bimi.example.com)"});
  }
  SUBCASE("in one line that says no more") {
    w.write(R"("mode": "blocked")");
    w.reload();
    CHECK(w.said().size() == 1);
    CHECK(w.ask("_smtp._tls.example.com") == kApex);
    CHECK(w.ask_after_restart("_smtp._tls.example.com") == kRefused);
  }
  SUBCASE("in one line that says what is delegated") {
    w.write(R"("mode": "blocked", "delegated": ["bimi", "mta_sts", "tls_rpt"])");
    w.reload();
    CHECK(w.said().empty());
    CHECK(w.ask_after_restart("_smtp._tls.example.com") == kApex);
  }
  CHECK(w.ask("_bimi.example.com") == kApex);
  CHECK(w.ask("default._bimi.example.com") == kMissing);
}

TEST_CASE("A5: subdomain entries, domains that move to another file, and restarts of nothing") {
  World w;
  w.write(R"("subdomains": {"news": {"tls_rpt": {"rua": ["mailto:t@example.com"]}}}, "delegated": ["bimi"])");
  w.reload();
  REQUIRE(w.ask("_smtp._tls.news.example.com").size() == 3);
  w.write(R"("subdomains": {"news": {}}, "delegated": ["bimi"])");
  w.reload();
  CHECK(w.ask("_smtp._tls.news.example.com") == kApex);
  w.write(R"("subdomains": {"news": {"delegated": ["tls_rpt"]}}, "delegated": ["bimi"])");
  CHECK(w.ask_after_restart("_smtp._tls.news.example.com") == kApex);
  w.tree.write("domains/moved.json", R"({"domain": "example.com", "subdomains": {"news": {}}})");
  std::filesystem::remove(w.tree.path() / "domains/a.json");
  w.reload();
  CHECK(w.ask("_smtp._tls.news.example.com") == kApex);
  CHECK(w.ask("_bimi.example.com") == kApex);
  CHECK(w.said().size() == 2);
}

TEST_CASE("zones that no policy ever had are not ours") {
  const auto responder = make_responder(kResponder, {R"({"domain": "example.com", "dmarc": {"p": "none"}})"});
  CHECK(ask(*responder, "_bimi.example.com") == kRefused);
  CHECK(ask(*make_responder(kResponder, {R"({"domain": "example.com", "bimi": {}, "mode": "blocked"})"}),
            "_bimi.example.com") == kRefused);
}
