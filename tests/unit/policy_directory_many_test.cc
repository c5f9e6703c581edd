// Many files at a time, which several threads read.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "policy/policy_directory.h"
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

TEST_CASE("PolicyDirectory: many files at once, some of them broken, and how far it is") {
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

}  // namespace
