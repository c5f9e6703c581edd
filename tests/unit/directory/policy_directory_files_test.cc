#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "policy/directory/directory_lint.h"
#include "policy/directory/policy_directory.h"
#include "tests/make_responder.h"
#include "tests/policy_tree.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::PolicyTree;
namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;
using Serves = LoadReport::Serves;

constexpr std::int64_t kIn2108 = 4354819200;

Day today() { return day_of(time(nullptr)); }

std::string domain(const std::string& name) {
  return R"({"domain": ")" + name + R"(", "spf": {"netblocks": [{"network": "192.0.2.1"}]}, "dmarc": {"p": "none"}})";
}

struct Tree : PolicyTree {
  Tree() {
    write("responder.json", R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
      "zones": ["_spf.provider.net"], "spf_templates": ["include:%{i}.%{d}._spf.provider.net"]})");
    write("domains/a.json", domain("example.com"));
  }
  void date(const std::string& file, std::int64_t seconds) const {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(utimensat(AT_FDCWD, (path() / file).c_str(), times, 0) == 0);
  }
  PolicyDirectory directory() const { return PolicyDirectory(path().string()); }
};

std::uint32_t serial(const LoadReport& report, const char* zone) {
  return report.responder->zone_at(Name::parse(zone).value()).value().serial;
}

Lines texts(const Diagnostics& diagnostics) {
  Lines out;
  for (const Diagnostic& d : diagnostics) out.push_back(to_string(d));
  return out;
}

}  // namespace

TEST_CASE("PolicyDirectory: a file dated 2108 does not raise the serial to 4294967295") {
  const Tree tree;
  const std::int64_t begin = time(nullptr);
  PolicyDirectory directory = tree.directory();
  const std::uint32_t first = serial(directory.reload(today()), "_spf.provider.net");
  const Lines ahead = {
      "domains/a.json: warning: the file is dated 2108-01-01, which lies ahead: the serial of its zones counts from "
      "when "
      "it was put here; correct the clock that dated it, and touch it"};
  tree.date("domains/a.json", kIn2108);
  const LoadReport& report = directory.reload(today());
  for (const char* zone : {"_spf.provider.net", "_dmarc.example.com"}) {
    CAPTURE(zone);
    CHECK(serial(report, zone) >= begin);
    CHECK(serial(report, zone) <= time(nullptr) + 5);
  }
  CHECK(serial(report, "_spf.provider.net") > first);
  CHECK(report.diagnostics.empty());
  CHECK(texts(report.dated_ahead) == ahead);

  SUBCASE("a server that starts now has the same serial, or a lower one that was only raised while running") {
    const LoadReport restarted = tree.directory().reload(today());
    CHECK(serial(restarted, "_spf.provider.net") <= serial(report, "_spf.provider.net"));
    CHECK(serial(restarted, "_spf.provider.net") >= begin);
    CHECK(serial(tree.directory().reload(today()), "_spf.provider.net") == serial(restarted, "_spf.provider.net"));
    CHECK(serial(tree.directory().reload(today() + Days(1)), "_spf.provider.net") ==
          serial(restarted, "_spf.provider.net"));
  }
  SUBCASE("it continues, and does not go back, when the date is corrected") {
    tree.date("domains/a.json", begin);
    const std::uint32_t corrected = serial(directory.reload(today()), "_spf.provider.net");
    CHECK(corrected >= first + 1);
    CHECK(corrected <= time(nullptr) + 10);
    CHECK(directory.report().dated_ahead.empty());
  }
  SUBCASE("every date there is") {
    for (const std::int64_t seconds :
         {std::int64_t{0}, std::int64_t{-5}, std::int64_t{9300000000}, std::int64_t{15032385535}}) {
      CAPTURE(seconds);
      tree.date("domains/a.json", seconds);
      CHECK(serial(tree.directory().reload(today()), "_spf.provider.net") <= time(nullptr) + 5);
    }
  }
  SUBCASE("lint names it") {
    const DirectoryLint lint = lint_directory(tree.path().string(), today());
    CHECK(std::count(lint.findings.begin(), lint.findings.end(), report.dated_ahead.at(0)) == 1);
  }
}

TEST_CASE("PolicyDirectory: a date of tomorrow counts, and so does one in the past") {
  const Tree tree;
  const std::int64_t now = time(nullptr);
  tree.date("responder.json", 1700000000);
  tree.date("domains/a.json", 1700000100);
  CHECK(serial(tree.directory().reload(today()), "_spf.provider.net") == 1700000100);
  tree.date("domains/a.json", now + 3600);
  PolicyDirectory directory = tree.directory();
  CHECK(serial(directory.reload(today()), "_spf.provider.net") == now + 3600);
  CHECK(directory.report().dated_ahead.empty());
}

TEST_CASE("PolicyDirectory: \"its last good version\" is not said about a file that never had one") {
  const Tree tree;
  tree.write("domains/broken.json", "{");
  tree.write("domains/parts.json", R"({"domains": [{"domain": "bad..example"}, )" + domain("good.example") + "]}");
  tree.write("domains/none.json", R"({"domain": "unknown.example", "spf": {"senders": ["nosuch"]}})");
  tree.write("domains/z.json", domain("example.com"));
  tree.write("senders/s.json", R"({"sender": "s", "spf": ["ip4:192.0.2.9"]})");
  tree.write("senders/t.json", R"({"sender": "s", "spf": ["ip4:192.0.2.9"]})");
  tree.write("senders/u.json", R"({"sender": 7})");
  PolicyDirectory directory = tree.directory();
  const auto serves = [&](const std::string& file) -> std::string {
    for (const LoadReport::BrokenFile& broken : directory.reload(today()).broken) {
      if (broken.name != file) continue;
      return broken.serves == Serves::nothing      ? "nothing"
             : broken.serves == Serves::good_parts ? "good parts"
                                                   : "last good";
    }
    return "not broken";
  };
  CHECK(serves("domains/broken.json") == "nothing");
  CHECK(serves("domains/parts.json") == "good parts");
  CHECK(serves("domains/none.json") == "nothing");
  CHECK(serves("domains/z.json") == "nothing");
  CHECK(serves("senders/s.json") == "not broken");
  CHECK(serves("senders/t.json") == "nothing");
  CHECK(serves("senders/u.json") == "nothing");
  CHECK(serves("domains/a.json") == "not broken");

  SUBCASE("broken once more in another way, it still never had one") {
    tree.write("domains/parts.json", R"({"domains": [{"domain": "worse..example"}, )" + domain("good.example") + "] }");
    CHECK(serves("domains/parts.json") == "good parts");
    tree.write("domains/parts.json", "{");
    CHECK(serves("domains/parts.json") == "good parts");
    CHECK(ask(*directory.report().responder, "192.0.2.1.good.example._spf.provider.net") ==
          Lines{"v=spf1 ip4:192.0.2.1 -all"});
  }
  SUBCASE("good once, and broken again: then it has one") {
    tree.write("domains/parts.json", domain("good.example"));
    CHECK(serves("domains/parts.json") == "not broken");
    tree.write("domains/parts.json", R"({"domains": [{"domain": "bad..example"}, )" + domain("good.example") + "]}");
    CHECK(serves("domains/parts.json") == "last good");
    tree.write("domains/none.json", R"({"domain": "unknown.example", "spf": {}})");
    CHECK(serves("domains/none.json") == "not broken");
    tree.write("domains/none.json", R"({"domain": "unknown.example", "spf": {"senders": ["nosuch"]}})");
    CHECK(serves("domains/none.json") == "last good");
  }
  SUBCASE("a file that loses its right when a sender goes has one; senders too") {
    tree.write("domains/none.json", R"({"domain": "unknown.example", "spf": {"senders": ["s"]}})");
    CHECK(serves("domains/none.json") == "not broken");
    fs::remove(tree.path() / "senders/s.json");
    fs::remove(tree.path() / "senders/t.json");
    CHECK(serves("domains/none.json") == "last good");
    tree.write("senders/v.json", R"({"sender": "v", "spf": ["ip4:192.0.2.9"]})");
    CHECK(serves("senders/v.json") == "not broken");
    tree.write("senders/v.json", "{");
    CHECK(serves("senders/v.json") == "last good");
  }
}

TEST_CASE("PolicyDirectory: files that can change by another name are known") {
  const Tree tree;
  PolicyDirectory directory = tree.directory();
  CHECK(!directory.reload(today()).has_links);
  SUBCASE("a symbolic link") { fs::create_symlink("a.json", tree.path() / "domains/link.json"); }
  SUBCASE("a hard link") { fs::create_hard_link(tree.path() / "domains/a.json", tree.path() / "domains.json"); }
  SUBCASE("the responder") {
    fs::rename(tree.path() / "responder.json", tree.path() / "other.json");
    fs::create_symlink("other.json", tree.path() / "responder.json");
  }
  CHECK(directory.reload(today()).has_links);
}
