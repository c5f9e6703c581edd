#include "policy/snapshot/domain_index.h"

#include <doctest/doctest.h>

#include <deque>
#include <string>

#include "policy/net/dns_name.h"

namespace emailauth {
namespace {

// "example.com" as the index wants it: wire form without the root label.
std::string labels(const std::string& text) {
  const std::string wire = Name::parse(text).value().wire();
  return wire.substr(0, wire.size() - 1);
}

TEST_CASE("DomainIndex: it grows far beyond what was expected, and finds every name") {
  constexpr int kNames = 100000;
  std::deque<std::string> names;
  DomainIndex index(0);
  for (int i = 0; i < kNames; ++i) {
    names.push_back(labels("d" + std::to_string(i) + ".example"));
    index.at(names.back()).has_spf = i % 2 == 0;
  }
  REQUIRE(index.size() == kNames);
  int visited = 0;
  for (const DomainIndex::Node& node : index) visited += index.find(node.labels()) == &node;
  CHECK(visited == kNames);
  int wrong = 0;
  for (int i = 0; i < kNames; ++i) {
    const DomainIndex::Node* node = index.find(names[static_cast<std::size_t>(i)]);
    wrong += node == nullptr || node->labels() != names[static_cast<std::size_t>(i)] || node->has_spf != (i % 2 == 0);
  }
  CHECK(wrong == 0);
  CHECK(index.find(labels("d100000.example")) == nullptr);
  CHECK(index.find(labels("example")) == nullptr);
}

TEST_CASE("DomainIndex: names of every length, and only whole ones") {
  std::deque<std::string> names;
  DomainIndex index(0);
  for (std::size_t size = 1; size <= 63; ++size) {
    names.push_back(labels(std::string(size, 'x')));
    names.push_back(labels(std::string(63, 'y') + "." + std::string(63, 'z') + "." + std::string(size, 'x')));
    for (std::size_t last : {names.size() - 2, names.size() - 1}) index.at(names[last]).is_alias = true;
  }
  for (const std::string& name : names) {
    CAPTURE(name);
    const DomainIndex::Node* node = index.find(name);
    REQUIRE(node != nullptr);
    CHECK(node->labels() == name);
    CHECK(index.find(name + labels("w")) == nullptr);
  }
  CHECK(index.size() == 126);
}

TEST_CASE("DomainIndex: names above a domain know what is below") {
  const std::string deep = labels("a.b.example");
  const std::string beside = labels("c.example");
  DomainIndex index(2);
  index.at(deep).has_spf = true;
  index.mark_ancestors(*index.find(deep));
  index.at(beside).has_hosted = true;
  index.mark_ancestors(*index.find(beside));
  struct Case {
    const char* name;
    bool has_spf;
    bool has_hosted;
  };
  constexpr Case kCases[] = {
      {"a.b.example", true, false}, {"b.example", true, false}, {"c.example", false, true}, {"example", true, true}};
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    const DomainIndex::Node* node = index.find(labels(c.name));
    REQUIRE(node != nullptr);
    CHECK(node->has_spf == c.has_spf);
    CHECK(node->has_hosted == c.has_hosted);
    CHECK(node->domain == nullptr);
  }
}

}  // namespace
}  // namespace emailauth
