#include "policy/directory/policy_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>

#include "tests/make_responder.h"
#include "tests/policy_tree.h"
#include "tests/some_day.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::kSomeDay;
using emailauth::tests::PolicyTree;
namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;
using Serves = LoadReport::Serves;

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net"], "spf_templates": ["include:%{i}.%{d}._spf.provider.net"]})";
constexpr const char* kQuestion = "192.0.2.1.example.com._spf.provider.net";
const Lines kYes = {"v=spf1 ip4:192.0.2.1 -all"};
const Lines kNo = {"v=spf1 -all"};
const Lines kNobody = {"NXDOMAIN"};

std::string domain(const std::string& name, const std::string& network) {
  return R"({"domain": ")" + name + R"(", "spf": {"netblocks": [{"network": ")" + network + R"("}]}})";
}
std::string domain_with_sender(const std::string& name, const std::string& sender) {
  return R"({"domain": ")" + name + R"(", "spf": {"senders": [")" + sender + R"("]}})";
}
std::string sender(const std::string& id, const std::string& network) {
  return R"({"sender": ")" + id + R"(", "spf": ["ip4:)" + network + R"("]})";
}

// A directory with a responder and example.com, which authorises 192.0.2.1.
struct Fixture {
  Fixture() {
    tree.write("responder.json", kResponder);
    tree.write("domains/a.json", domain("example.com", "192.0.2.1"));
    REQUIRE(reload().diagnostics.empty());
    REQUIRE(now(kQuestion) == kYes);
  }
  const LoadReport& reload() { return directory.reload(kSomeDay); }
  Lines now(std::string_view name) const { return ask(*directory.report().responder, name); }

  PolicyTree tree;
  PolicyDirectory directory{tree.path().string()};
};

// The diagnostics, one per line, as the log has them.
Lines said(const LoadReport& report) {
  Lines out;
  for (const Diagnostic& d : report.diagnostics) out.push_back(to_string(d));
  return out;
}

void set_modified(const PolicyTree& tree, const char* file, std::time_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  REQUIRE(utimensat(AT_FDCWD, (tree.path() / file).c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("PolicyDirectory: what a change of files causes") {
  Fixture f;
  SUBCASE("nothing changed: nothing is read, the responder is the same") {
    const auto before = f.directory.report().responder;
    CHECK(!f.reload().changed);
    CHECK(f.directory.report().loaded.empty());
    CHECK(f.directory.report().responder == before);
  }
  SUBCASE("a file rewritten in place") {
    f.tree.write("domains/a.json", domain("example.com", "203.0.113.0/24"));
    CHECK(f.reload().loaded == Lines{"domains/a.json"});
    CHECK(f.now(kQuestion) == kNo);
  }
  SUBCASE("a file of the same size and time renamed over") {
    f.tree.write("domains/a.new", domain("example.com", "192.0.2.2"));
    fs::last_write_time(f.tree.path() / "domains/a.new", fs::last_write_time(f.tree.path() / "domains/a.json"));
    fs::rename(f.tree.path() / "domains/a.new", f.tree.path() / "domains/a.json");
    CHECK(f.reload().loaded == Lines{"domains/a.json"});
    CHECK(f.now(kQuestion) == kNo);
  }
  SUBCASE("a file that is touched is read, and says the same") {
    set_modified(f.tree, "domains/a.json", 2000000000);
    CHECK(f.reload().loaded == Lines{"domains/a.json"});
    CHECK(f.now(kQuestion) == kYes);
  }
  SUBCASE("a new file") {
    f.tree.write("domains/deep/b.json", domain("example.org", "192.0.2.1"));
    CHECK(f.reload().loaded == Lines{"domains/deep/b.json"});
    CHECK(f.now("192.0.2.1.example.org._spf.provider.net") == kYes);
    CHECK(f.directory.report().domains == 2);
  }
  SUBCASE("a file removed beside others takes its domains away") {
    f.tree.write("domains/b.json", domain("example.org", "192.0.2.1"));
    f.reload();
    fs::remove(f.tree.path() / "domains/a.json");
    CHECK(f.reload().removed == Lines{"domains/a.json"});
    CHECK(f.now(kQuestion) == kNobody);
  }
  SUBCASE("a responder.json that asks for other names") {
    f.tree.write("responder.json", R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
      "zones": ["_spf.provider.net"], "spf_templates": ["include:%{d}._s._spf.provider.net"]})");
    CHECK(f.reload().diagnostics.empty());
    CHECK(f.now("example.com._s._spf.provider.net") == Lines{"v=spf1 ip4:192.0.2.1 -all"});
    CHECK(f.now("192.0.2.1.example.com._spf.provider.net") == kNobody);
  }
}

TEST_CASE("PolicyDirectory: a broken file keeps its last good version") {
  Fixture f;
  f.tree.write("domains/b.json", domain("example.org", "192.0.2.1"));
  f.reload();
  SUBCASE("half-written") {
    f.tree.write("domains/a.json", domain("example.com", "203.0.113.0/24").substr(0, 60));
    const LoadReport& report = f.reload();
    REQUIRE(report.broken.size() == 1);
    CHECK(report.broken[0].name == "domains/a.json");
    CHECK(report.broken[0].serves == Serves::last_good);
    CHECK(f.now(kQuestion) == kYes);
    SUBCASE("... and then whole") {
      f.tree.write("domains/a.json", domain("example.com", "203.0.113.0/24"));
      CHECK(f.reload().broken.empty());
      CHECK(f.now(kQuestion) == kNo);
    }
  }
  SUBCASE("truncated to nothing") {
    f.tree.write("domains/a.json", "");
    CHECK(said(f.reload()) == Lines{"domains/a.json:1: there is nothing here; write an object: { … }"});
    CHECK(f.now(kQuestion) == kYes);
  }
  SUBCASE("the others go live meanwhile") {
    f.tree.write("domains/a.json", "{");
    f.tree.write("domains/b.json", domain("example.org", "203.0.113.0/24"));
    CHECK(f.reload().broken.size() == 1);
    CHECK(f.now("192.0.2.1.example.org._spf.provider.net") == kNo);
    CHECK(f.now(kQuestion) == kYes);
  }
  SUBCASE("responder.json") {
    f.tree.write("responder.json", R"({"zones": []})");
    CHECK(!f.reload().broken.empty());
    CHECK(f.now(kQuestion) == kYes);
  }
  SUBCASE("responder.json with templates that cannot be answered") {
    f.tree.write("responder.json", R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
      "zones": ["_spf.provider.net"], "spf_templates": ["include:_spf.provider.net"]})");
    CHECK(f.reload().broken.at(0).serves == Serves::last_good);
    CHECK(f.now(kQuestion) == kYes);
  }
  SUBCASE("it is reported once, and still known") {
    f.tree.write("domains/a.json", "{");
    CHECK(f.reload().changed);
    CHECK(!f.reload().changed);
    CHECK(f.directory.report().broken.size() == 1);
  }
}

TEST_CASE("PolicyDirectory: broken at first start costs only its own domains") {
  PolicyTree tree;
  tree.write("responder.json", kResponder);
  tree.write("domains/a.json",
             R"({"domains": [{"domain": "bad..example"}, )" + domain("example.com", "192.0.2.1") + "]}");
  tree.write("domains/b.json", "{");
  tree.write("domains/c.jsonl",
             domain("example.org", "192.0.2.1") + "\n{\n" + domain("example.net", "192.0.2.1") + "\n");
  PolicyDirectory directory(tree.path().string());
  const LoadReport& report = directory.reload(kSomeDay);
  CHECK(report.broken.size() == 3);
  for (const char* good : {"example.com", "example.org", "example.net"}) {
    CAPTURE(good);
    CHECK(ask(*report.responder, std::string("192.0.2.1.") + good + "._spf.provider.net") == kYes);
  }
}

TEST_CASE("PolicyDirectory: files that vanished by mistake stay in service") {
  Fixture f;
  f.tree.write("senders/s.json", sender("s", "198.51.100.1"));
  f.tree.write("domains/b.json", domain_with_sender("example.org", "s"));
  REQUIRE(f.reload().diagnostics.empty());
  const fs::path root = f.tree.path();
  std::string complaint;
  SUBCASE("the whole directory") {
    fs::remove_all(root);
    complaint = ".: the policy directory \"" + root.string() +
                "\" cannot be read: No such file or directory; create it, or correct the setting";
  }
  SUBCASE("every domain file") {
    fs::remove_all(root / "domains");
    complaint =
        ".: every file of domains/ is gone; what was loaded stays in service until the server restarts: put the files "
        "back";
  }
  SUBCASE("every sender file") {
    fs::remove(root / "senders/s.json");
    complaint =
        ".: every file of senders/ is gone; what was loaded stays in service until the server restarts: put the files "
        "back";
  }
  SUBCASE("responder.json") {
    fs::remove(root / "responder.json");
    complaint =
        ".: responder.json is gone; what was loaded stays in service until the server restarts: put the files back";
  }
  CHECK(said(f.reload()) == Lines{complaint});
  CHECK(!f.reload().changed);
  CHECK(f.now(kQuestion) == kYes);
  CHECK(f.now("198.51.100.1.example.org._spf.provider.net") == Lines{"v=spf1 ip4:198.51.100.1 -all"});
}

TEST_CASE("PolicyDirectory: the directory is missing or empty") {
  PolicyDirectory missing("/nonexistent/emailauth");
  CHECK(said(missing.reload(kSomeDay)) ==
        Lines{".: the policy directory \"/nonexistent/emailauth\" cannot be read: No such "
              "file or directory; create it, or correct the setting"});
  CHECK(missing.report().responder == nullptr);
  const PolicyTree tree;
  PolicyDirectory empty(tree.path().string());
  CHECK(said(empty.reload(kSomeDay)) ==
        Lines{"responder.json: the file is missing; without it no zone is served: write one"});
  CHECK(empty.report().responder == nullptr);
  tree.write("responder.json", kResponder);
  CHECK(empty.reload(kSomeDay).diagnostics.empty());
  CHECK(empty.report().responder->zone_count() == 1);
}

TEST_CASE("PolicyDirectory: a sender that is removed while in use") {
  Fixture f;
  f.tree.write("senders/s.json", sender("s", "192.0.2.1"));
  f.tree.write("senders/t.json", sender("t", "192.0.2.2"));
  f.tree.write("domains/a.json", domain_with_sender("example.com", "s"));
  REQUIRE(f.reload().diagnostics.empty());
  fs::remove(f.tree.path() / "senders/s.json");
  CHECK(
      said(f.reload()) ==
      Lines{"domains/a.json:1: /spf/senders/0: the sender \"s\" has no file in senders/; add one, or remove it here"});
  CHECK(f.directory.report().broken.at(0).serves == Serves::last_good);
  CHECK(f.now(kQuestion) == kYes);
  f.tree.write("domains/b.json", domain("example.org", "192.0.2.9"));
  f.reload();
  CHECK(f.now(kQuestion) == kYes);
  f.tree.write("senders/s.json", sender("s", "192.0.2.7"));
  CHECK(f.reload().diagnostics.empty());
  CHECK(f.now(kQuestion) == kNo);
}

TEST_CASE("PolicyDirectory: a sender's new networks apply to every domain") {
  Fixture f;
  f.tree.write("senders/s.json", sender("s", "192.0.2.1"));
  f.tree.write("domains/a.json", domain_with_sender("example.com", "s"));
  f.reload();
  REQUIRE(f.now(kQuestion) == kYes);
  f.tree.write("senders/s.json", sender("s", "192.0.2.128/25"));
  CHECK(f.reload().loaded == Lines{"senders/s.json"});
  CHECK(f.now(kQuestion) == kNo);
  CHECK(f.now("192.0.2.200.example.com._spf.provider.net") == Lines{"v=spf1 ip4:192.0.2.200 -all"});
}

TEST_CASE("PolicyDirectory: a file cannot take a domain or a sender from another") {
  Fixture f;
  SUBCASE("a domain, by a file that sorts first; its other domains are served") {
    f.tree.write("domains/0.json", R"({"domains": [)" + domain("example.com", "203.0.113.0/24") + ",\n" +
                                       domain("example.org", "192.0.2.1") + "]}");
    CHECK(said(f.reload()) == Lines{"domains/0.json:1: the domain \"example.com\" is also in domains/a.json:1, where "
                                    "it is in service, but after a restart neither would be; keep one"});
    CHECK(f.now(kQuestion) == kYes);
    CHECK(f.now("192.0.2.1.example.org._spf.provider.net") == kYes);
    SUBCASE("... until it is moved") {
      f.tree.write("domains/a.json", domain("example.net", "192.0.2.1"));
      CHECK(f.reload().diagnostics.empty());
      CHECK(f.now(kQuestion) == kNo);
    }
  }
  SUBCASE("a changed file that now claims another's domain keeps its last good version") {
    f.tree.write("domains/0.json", domain("example.org", "192.0.2.1"));
    f.reload();
    f.tree.write("domains/0.json", R"({"domains": [)" + domain("example.com", "203.0.113.0/24") + "," +
                                       domain("example.net", "192.0.2.1") + "]}");
    CHECK(f.reload().broken.at(0).serves == Serves::last_good);
    CHECK(f.now(kQuestion) == kYes);
    CHECK(f.now("192.0.2.1.example.org._spf.provider.net") == kYes);
    CHECK(f.now("192.0.2.1.example.net._spf.provider.net") == kNobody);
  }
  SUBCASE("... nor after the senders were linked again") {
    f.tree.write("domains/0.json", domain("example.com", "203.0.113.0/24"));
    f.reload();
    f.tree.write("senders/s.json", sender("s", "192.0.2.1"));
    f.reload();
    CHECK(f.now(kQuestion) == kYes);
  }
  SUBCASE("a sender") {
    f.tree.write("senders/b.json", sender("s", "192.0.2.1"));
    f.tree.write("domains/a.json", domain_with_sender("example.com", "s"));
    f.reload();
    f.tree.write("senders/a.json", sender("s", "203.0.113.0/24"));
    CHECK(said(f.reload()) ==
          Lines{"senders/a.json:1: /sender: the sender \"s\" is also in senders/b.json, where it is in service, until "
                "a restart: then the file that is named after it counts; keep one"});
    CHECK(f.now(kQuestion) == kYes);
  }
}

TEST_CASE("PolicyDirectory: a new zone cannot enclose a domain in service") {
  Fixture f;
  const std::string zones = R"("zones": ["_spf.provider.net"])";
  std::string wider = kResponder;
  wider.replace(wider.find(zones), zones.size(), R"("zones": ["_spf.provider.net", "com"])");
  f.tree.write("responder.json", wider);
  const Lines refused = {
      R"(responder.json: /zones: the zone "com" would enclose the domain "example.com" of domains/a.json, which is in service; a responder's zone sends no mail: use another name)"};
  CHECK(said(f.reload()) == refused);
  CHECK(f.now(kQuestion) == kYes);
  // When the domain is gone, the zone is loaded without a further change.
  f.tree.write("domains/b.json", domain("example.net", "192.0.2.1"));
  fs::remove(f.tree.path() / "domains/a.json");
  CHECK(said(f.reload()).empty());
  CHECK(f.directory.report().responder->zone_at(Name::parse("com").value()).has_value());
}

TEST_CASE("PolicyDirectory: serials are times of modification, and never decrease") {
  const PolicyTree tree;
  tree.write("responder.json", kResponder);
  tree.write("domains/a.json", domain("example.com", "192.0.2.1"));
  tree.write("domains/d.json", R"({"domain": "example.org", "dmarc": {"p": "none"}})");
  set_modified(tree, "responder.json", 1700000000);
  set_modified(tree, "domains/a.json", 1700000100);
  set_modified(tree, "domains/d.json", 1700000050);
  PolicyDirectory directory(tree.path().string());
  const auto serial = [&](const char* zone) {
    return directory.reload(kSomeDay).responder->zone_at(Name::parse(zone).value()).value().serial;
  };
  CHECK(serial("_spf.provider.net") == 1700000100);   // the newest of all files
  CHECK(serial("_dmarc.example.org") == 1700000050);  // its own file
  set_modified(tree, "domains/d.json", 1600000000);
  CHECK(serial("_dmarc.example.org") == 1700000051);
  fs::rename(tree.path() / "domains/d.json", tree.path() / "domains/moved.json");
  CHECK(serial("_dmarc.example.org") == 1700000052);
  CHECK(serial("_spf.provider.net") == 1700000101);  // something is different
  tree.write("responder.json", R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
    "zones": ["_spf.provider.net"], "serial": 42})");
  CHECK(serial("_spf.provider.net") == 42);
  CHECK(serial("_dmarc.example.org") == 42);
}

TEST_CASE("PolicyDirectory: texts that are pretended are checked, and nothing is written") {
  Fixture f;
  f.directory.pretend({{"domains/a.json", domain("example.com", "203.0.113.0/24")},
                       {"domains/b.json", domain("example.net", "192.0.2.1")}});
  CHECK(f.reload().loaded == Lines{"domains/a.json", "domains/b.json"});
  CHECK(f.now(kQuestion) == kNo);
  CHECK(f.now("192.0.2.1.example.net._spf.provider.net") == kYes);
  CHECK(f.directory.names_of(PolicyFileKind::domains) == Lines{"domains/a.json", "domains/b.json"});
  f.directory.pretend({{"domains/a.json", domain("example.com", "203.0.113.0/25")}});
  CHECK(f.reload().removed == Lines{"domains/b.json"});
  f.directory.pretend({{"domains/a.json", "{"}});
  CHECK(f.reload().diagnostics.size() == 1);
  f.directory.pretend({});
  CHECK(f.reload().diagnostics.empty());
  CHECK(f.now(kQuestion) == kYes);
}

TEST_CASE("PolicyDirectory: thousands of files that are not policies are not all named") {
  const PolicyTree tree;
  for (int i = 0; i < 250; ++i) tree.write("domains/junk" + std::to_string(i) + ".bin", "");
  PolicyDirectory directory(tree.path().string());
  const Diagnostics& found = directory.reload(kSomeDay).diagnostics;
  const auto advice =
      std::count_if(found.begin(), found.end(), [](const Diagnostic& d) { return d.severity == Severity::advice; });
  CHECK(advice == 101);
  CHECK(std::any_of(found.begin(), found.end(), [](const Diagnostic& d) {
    return d.message == "and 150 more files like these, which are not shown";
  }));
}
