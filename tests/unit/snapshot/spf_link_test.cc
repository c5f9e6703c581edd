#include "policy/snapshot/spf_link.h"

#include <doctest/doctest.h>

#include <string>

using namespace emailauth;

namespace {

std::shared_ptr<const SenderTable> table_of(int count) {
  std::vector<SenderTable::Sender> senders;
  for (int i = 0; i < count; ++i) {
    SenderTable::Sender sender;
    sender.id = "s" + std::to_string(i);
    sender.networks.push_back(*IpPrefix::parse("198.51." + std::to_string(i % 200) + ".0/24"));
    senders.push_back(std::move(sender));
  }
  return std::make_shared<const SenderTable>(std::move(senders));
}

SpfRules rules_of(const std::vector<std::string>& senders, std::size_t longest_name = 11) {
  SpfRules rules;
  for (const std::string& sender : senders) rules.policy.senders.push_back({sender, 1, ""});
  rules.longest_name = longest_name;
  return rules;
}

std::shared_ptr<const LinkedSpf> linked(SpfLinker& linker, const SpfRules& rules) {
  Diagnostics diagnostics;
  auto out = linker.link(rules, "domains/a.json", diagnostics);
  REQUIRE(diagnostics.empty());
  REQUIRE(out != nullptr);
  return out;
}

}  // namespace

TEST_CASE("SpfLinker: domains with the same senders share, and no others") {
  SpfLinker linker(table_of(100), 17);
  const auto one = linked(linker, rules_of({"s1", "s99"}));
  CHECK(linked(linker, rules_of({"s99", "s1"})) == one);
  CHECK(linked(linker, rules_of({"s1"})) != one);
  CHECK(linked(linker, rules_of({"s1", "s98"})) != one);
  SpfRules other = rules_of({"s1", "s99"});
  other.policy.all = SpfAll::fail;
  const auto strict = linked(linker, other);
  CHECK(strict != one);
  CHECK(strict->all == SpfAll::fail);
  other = rules_of({"s1", "s99"});
  other.policy.covers_subdomains = false;
  CHECK(linked(linker, other) != one);
  other = rules_of({"s1", "s99"});
  other.policy.static_view = false;
  CHECK(linked(linker, other)->pages == nullptr);
  other = rules_of({"s1", "s99"});
  other.policy.netblocks.push_back({*IpPrefix::parse("192.0.2.0/24"), ""});
  const auto own = linked(linker, other);
  CHECK(own != one);
  CHECK(linked(linker, other) != own);
  CHECK(own->authorises(*IpAddress::parse("192.0.2.1")));
  CHECK_FALSE(one->authorises(*IpAddress::parse("192.0.2.1")));
}

TEST_CASE("SpfLinker: pages are made for names of about the same length") {
  SpfLinker linker(table_of(2), 17);
  const auto shorter = linked(linker, rules_of({"s1"}, 17));
  CHECK(linked(linker, rules_of({"s1"}, 32)) == shorter);
  CHECK(linked(linker, rules_of({"s1"}, 33)) != shorter);
  CHECK(shorter->owner_octets == 32 + 1 + 17);
  SpfLinker without(table_of(2), 0);
  CHECK(linked(without, rules_of({"s1"}, 17)) == linked(without, rules_of({"s1"}, 200)));
}

TEST_CASE("SpfLinker: unused rules are made anew, however many came between") {
  SpfLinker linker(table_of(64), 0);
  const auto kept = linked(linker, rules_of({"s0"}));
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 64; ++i) {
      for (int j = 0; j < i; ++j) {
        const auto pair = linked(linker, rules_of({"s" + std::to_string(i), "s" + std::to_string(j)}));
        CHECK(pair.use_count() == 1);
      }
    }
  }
  CHECK(linked(linker, rules_of({"s0"})) == kept);
}

TEST_CASE("SpfLinker: a template that takes one more lookup counts, for domains that pass senders on") {
  std::vector<SenderTable::Sender> senders(2);
  senders[0].id = "eight";
  senders[1].id = "nine";
  for (SenderTable::Sender& sender : senders) {
    PassthroughTerm term;
    term.term = "include:x.example";
    term.lookups = sender.id == "nine" ? 9 : 8;
    sender.passthrough.push_back(*compile_passthrough(term));
  }
  const auto table = std::make_shared<const SenderTable>(std::move(senders));
  SpfLinker certain(table, 0);
  SpfLinker uncertain(table, 0, "include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net");
  CHECK(linked(certain, rules_of({"nine"}))->lookups_by(true) == 10);
  const auto eight = linked(uncertain, rules_of({"eight"}));
  CHECK(eight->lookups_by(true) == 9);
  CHECK(eight->lookups_by(false) == 10);
  CHECK(linked(uncertain, rules_of({}))->lookups_by(false) == 1);
  Diagnostics diagnostics;
  CHECK(uncertain.link(rules_of({"nine"}), "domains/a.json", diagnostics) == nullptr);
  CHECK(diagnostics.size() == 1);
}

TEST_CASE("SpfLinker: rules that cannot be bound are reported each time") {
  SpfLinker linker(table_of(2), 0);
  for (const char* file : {"domains/a.json", "domains/b.json"}) {
    Diagnostics diagnostics;
    CHECK(linker.link(rules_of({"s0", "s7"}), file, diagnostics) == nullptr);
    REQUIRE(diagnostics.size() == 1);
    CHECK(diagnostics[0].file == file);
  }
}
