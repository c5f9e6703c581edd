// The effect of dates in policies while a directory is loaded; policy_directory_test.cc tests the rest.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "policy/directory/policy_directory.h"
#include "tests/make_responder.h"
#include "tests/policy_tree.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::PolicyTree;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net"]})";

void set_modified(const PolicyTree& tree, const char* file, std::time_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  REQUIRE(utimensat(AT_FDCWD, (tree.path() / file).c_str(), times, 0) == 0);
}

Day day(const char* text) { return *parse_day(text); }

std::string key(const char* selector, const char* members) {
  return std::string(R"({"selector": ")") + selector +
         R"(", "type": "ed25519", "public_key": "Op+WlPUSZ1NCjwLxj/nPzxNINFM7YUnQIRu8v9whf/8=")" + members + "}";
}

std::string keys_of(const char* domain, const std::string& keys) {
  return std::string(R"({"domain": ")") + domain + R"(", "dkim": {"keys": [)" + keys + "]}}";
}

const Lines kServed{"v=DKIM1; k=ed25519; p=Op+WlPUSZ1NCjwLxj/nPzxNINFM7YUnQIRu8v9whf/8="};
const Lines kGone{"v=DKIM1; p="};

// Two files: one with a key that is revoked on 2026-12-01, and one without a date.
struct DatedFixture {
  DatedFixture() {
    tree.write("responder.json", kResponder);
    tree.write("domains/a.json",
               keys_of("a.example", key("s1", R"(, "revoked_on": "2026-12-01")") + "," + key("s2", "")));
    tree.write("domains/b.json",
               keys_of("b.example", R"({"selector": "s1", "cname": "s1.vendor.example", "revoked_on": "2026-12-01"})"));
    for (const char* file : {"responder.json", "domains/a.json", "domains/b.json"})
      set_modified(tree, file, 1700000000);
  }
  const LoadReport& on(const char* today) { return directory.reload(day(today)); }
  Lines now(std::string_view name) const { return ask(*directory.report().responder, name); }
  std::uint32_t serial(const char* zone) const {
    return directory.report().responder->zone_at(Name::parse(zone).value()).value().serial;
  }

  PolicyTree tree;
  PolicyDirectory directory{tree.path().string()};
};

}  // namespace

TEST_CASE("PolicyDirectory: a key is revoked on its day, and no file is read for that") {
  DatedFixture f;
  REQUIRE(f.on("2026-11-30").diagnostics.empty());
  CHECK(f.now("s1._domainkey.a.example") == kServed);
  CHECK(f.now("s1._domainkey.b.example") == Lines{"CNAME s1.vendor.example"});
  CHECK(f.serial("_domainkey.a.example") == 1700000000);
  CHECK(!f.on("2026-11-30").changed);
  const auto before = f.directory.report().responder;

  const LoadReport& report = f.on("2026-12-01");
  CHECK(report.changed);
  CHECK(report.loaded.empty());
  CHECK(report.dated == Lines{"domains/a.json", "domains/b.json"});
  CHECK(f.now("s1._domainkey.a.example") == kGone);
  CHECK(f.now("s2._domainkey.a.example") == kServed);
  CHECK(f.now("s1._domainkey.b.example") == kGone);
  CHECK(ask(*before, "s1._domainkey.a.example") == kServed);  // a generation stays what it was
  CHECK(f.serial("_domainkey.a.example") == begin_of(day("2026-12-01")));
  CHECK(f.serial("_spf.provider.net") == begin_of(day("2026-12-01")));

  const LoadReport& later = f.on("2026-12-02");
  CHECK(!later.changed);
  CHECK(later.dated.empty());
  CHECK(!f.on("2026-11-01").changed);  // a clock that goes back undoes nothing
  CHECK(f.now("s1._domainkey.a.example") == kGone);
}

TEST_CASE("PolicyDirectory: a server that starts later answers alike, with the same serial") {
  DatedFixture f;
  f.on("2026-12-24");
  CHECK(f.now("s1._domainkey.a.example") == kGone);
  CHECK(f.serial("_domainkey.a.example") == begin_of(day("2026-12-01")));
}

TEST_CASE("PolicyDirectory: a date comes in a last good version too") {
  DatedFixture f;
  f.on("2026-11-30");
  f.tree.write("domains/a.json", R"({"domain": "a.example", "dkim": )");
  REQUIRE(f.on("2026-11-30").broken.size() == 1);
  CHECK(f.now("s1._domainkey.a.example") == kServed);
  CHECK(f.on("2026-12-01").broken.size() == 1);
  CHECK(f.now("s1._domainkey.a.example") == kGone);
  CHECK(f.now("s2._domainkey.a.example") == kServed);
}

TEST_CASE("PolicyDirectory: serials move with every date, whatever the files' times are") {
  DatedFixture f;
  f.tree.write("domains/a.json", keys_of("a.example", key("s1", R"(, "revoked_on": "2026-12-01")") + "," +
                                                          key("s2", R"(, "revoked_on": "2026-12-02")")));
  const auto future = static_cast<std::time_t>(begin_of(day("2027-06-01")));
  set_modified(f.tree, "domains/a.json", future);
  std::uint32_t last = 0;
  for (const char* today : {"2026-11-30", "2026-12-01", "2026-12-02"}) {
    CAPTURE(today);
    f.on(today);
    CHECK(f.serial("_domainkey.a.example") > last);
    last = f.serial("_domainkey.a.example");
  }
  // An edit that removes the dates does not lower the serial.
  f.tree.write("domains/a.json", keys_of("a.example", key("s1", "")));
  set_modified(f.tree, "domains/a.json", future);
  f.on("2026-12-02");
  CHECK(f.serial("_domainkey.a.example") > last);
}
