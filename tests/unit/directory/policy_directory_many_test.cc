// Many files at once, read by several threads.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "policy/directory/policy_directory.h"
#include "tests/make_responder.h"
#include "tests/policy_tree.h"
#include "tests/some_day.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::kSomeDay;
using emailauth::tests::PolicyTree;

namespace {

constexpr std::size_t kFiles = 500;
constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net"], "spf_templates": ["include:%{i}.%{d}._spf.provider.net"]})";

void write_domain(PolicyTree& tree, std::size_t number, const std::string& network) {
  const std::string text = std::to_string(number);
  tree.write("domains/" + text + ".json",
             R"({"domain": "d)" + text + R"(.example", "spf": {"netblocks": [{"network": ")" + network + R"("}]}})");
}

std::vector<std::string> answer(const LoadReport& report, std::size_t number) {
  return ask(*report.responder, "192.0.2.1.d" + std::to_string(number) + ".example._spf.provider.net");
}

TEST_CASE("PolicyDirectory: many files at once, some of them broken, and progress") {
  PolicyTree tree;
  tree.write("responder.json", kResponder);
  for (std::size_t i = 0; i < kFiles; ++i) write_domain(tree, i, i % 50 == 7 ? "192.0.2.1/24" : "192.0.2.1");
  PolicyDirectory directory(tree.path().string());
  std::size_t last = 0;
  bool in_order = true;
  directory.on_progress([&](std::size_t done, std::size_t total) {
    in_order = in_order && done > last && done <= total && total == kFiles + 1;
    last = done;
  });
  const LoadReport& report = directory.reload(kSomeDay);
  CHECK(in_order);
  CHECK(last > 0);
  CHECK(report.files == kFiles + 1);
  CHECK(report.broken.size() == kFiles / 50);
  REQUIRE(report.diagnostics.size() == kFiles / 50);
  CHECK(to_string(report.diagnostics[0]).rfind("domains/107.json:1: /spf/netblocks/0/network: ", 0) == 0);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < kFiles; ++i) {
    const std::vector<std::string> wanted = {i % 50 == 7 ? "NXDOMAIN" : "v=spf1 ip4:192.0.2.1 -all"};
    wrong += answer(report, i) == wanted ? 0U : 1U;
  }
  CHECK(wrong == 0);
  for (std::size_t i = 7; i < kFiles; i += 50) write_domain(tree, i, "192.0.2.1");
  const LoadReport& mended = directory.reload(kSomeDay);
  CHECK(mended.diagnostics.empty());
  CHECK(mended.loaded.size() == kFiles / 50);
  CHECK(answer(mended, 107) == std::vector<std::string>{"v=spf1 ip4:192.0.2.1 -all"});
}

TEST_CASE("PolicyDirectory: domains of many files share their senders, and outlive each other's files") {
  PolicyTree tree;
  tree.write("responder.json", kResponder);
  tree.write("senders/s.json", R"({"sender": "s", "spf": ["ip4:192.0.2.0/24"]})");
  const auto write = [&](std::size_t number, const char* all) {
    const std::string text = std::to_string(number);
    tree.write("domains/" + text + ".json",
               R"({"domain": "d)" + text + R"(.example", "spf": {"senders": ["s"], "all": ")" + all + R"("}})");
  };
  for (std::size_t i = 0; i < 20; ++i) write(i, "~all");
  PolicyDirectory directory(tree.path().string());
  REQUIRE(directory.reload(kSomeDay).diagnostics.empty());
  const auto spf_of = [&](std::size_t number) {
    const std::string wire = Name::parse("d" + std::to_string(number) + ".example")->wire();
    return directory.report().responder->snapshot().domains.find(wire.substr(0, wire.size() - 1))->spf;
  };
  CHECK(spf_of(0) == spf_of(19));
  std::filesystem::remove(tree.path() / "domains/0.json");
  write(1, "-all");
  REQUIRE(directory.reload(kSomeDay).diagnostics.empty());
  CHECK(answer(directory.report(), 0) == std::vector<std::string>{"NXDOMAIN"});
  CHECK(answer(directory.report(), 19) == std::vector<std::string>{"v=spf1 ip4:192.0.2.1 -all"});
  CHECK(spf_of(1) != spf_of(19));
  CHECK(spf_of(2) == spf_of(19));
}

}  // namespace
