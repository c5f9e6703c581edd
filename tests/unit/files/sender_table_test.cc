#include "policy/files/sender_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace emailauth;

namespace {

SenderTable::Sender sender(const std::string& id, std::initializer_list<const char*> networks) {
  SenderTable::Sender out;
  out.id = id;
  for (const char* text : networks) out.networks.push_back(IpPrefix::parse(text).value());
  return out;
}

std::vector<std::string> who(const SenderTable& table, const IpAddress& address) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < table.senders().size(); ++i) {
    if (table.senders_of(address).contains(i)) out.push_back(table.senders()[i].id);
  }
  return out;
}

}  // namespace

TEST_CASE("SenderTable: which senders use an address") {
  using Ids = std::vector<std::string>;
  const SenderTable table({sender("b", {"192.0.2.0/24", "2001:db8::/32"}),
                           sender("a", {"192.0.2.128/25", "255.255.255.255"}), sender("whole", {"0.0.0.0/0", "::/0"}),
                           sender("none", {})});
  struct Case {
    const char* address;
    Ids ids;
  };
  const Case kCases[] = {{"192.0.2.1", {"b", "whole"}},
                         {"192.0.2.127", {"b", "whole"}},
                         {"192.0.2.128", {"a", "b", "whole"}},
                         {"192.0.2.255", {"a", "b", "whole"}},
                         {"192.0.3.0", {"whole"}},
                         {"192.0.1.255", {"whole"}},
                         {"0.0.0.0", {"whole"}},
                         {"255.255.255.255", {"a", "whole"}},
                         {"255.255.255.254", {"whole"}},
                         {"2001:db8::", {"b", "whole"}},
                         {"2001:db7:ffff::", {"whole"}},
                         {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", {"b", "whole"}},
                         {"2001:db9::", {"whole"}},
                         {"::ffff:192.0.2.1", {"whole"}},
                         {"::", {"whole"}},
                         {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", {"whole"}}};
  for (const Case& c : kCases) {
    CAPTURE(c.address);
    CHECK(who(table, IpAddress::parse(c.address).value()) == c.ids);
  }
  CHECK(table.network_count() == 6);
  CHECK(table.senders()[table.index_of("none")].id == "none");
  CHECK(table.index_of("nobody") == SenderSet::npos);
  CHECK(table.index_of("") == SenderSet::npos);
  CHECK(who(SenderTable({}), IpAddress()).empty());
}

TEST_CASE("SenderTable: the same as trying every network, for random tables") {
  std::mt19937 random(11);
  const auto pick = [&](unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random); };
  for (int round = 0; round < 20; ++round) {
    std::vector<SenderTable::Sender> senders;
    std::vector<IpAddress> edges;
    for (int i = 0; i < 70; ++i) {  // more than one word of a set
      senders.push_back(sender("s" + std::to_string(i), {}));
      for (unsigned n = pick(4); n > 0; --n) {
        const bool v4 = pick(2) == 0;
        std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, static_cast<std::uint8_t>(pick(4)),
                                            static_cast<std::uint8_t>(pick(256))};
        const IpAddress base = v4 ? IpAddress::v4(0xc0000000U | pick(0x40000)) : IpAddress::v6(octets);
        const IpPrefix network =
            IpPrefix::containing(base, v4 ? 14 + static_cast<int>(pick(19)) : 24 + static_cast<int>(pick(105)));
        senders.back().networks.push_back(network);
        edges.insert(edges.end(), {network.first(), network.last(), network.first().previous(), network.last().next()});
      }
    }
    const SenderTable table(senders);
    for (const IpAddress& address : edges) {
      for (std::size_t i = 0; i < table.senders().size(); ++i) {
        const auto& networks = table.senders()[i].networks;
        const bool uses =
            std::any_of(networks.begin(), networks.end(), [&](const IpPrefix& n) { return n.contains(address); });
        REQUIRE(table.senders_of(address).contains(i) == uses);
      }
    }
  }
}

TEST_CASE("SenderSet: members and common members") {
  SenderSet a;
  SenderSet b;
  CHECK(a.empty());
  CHECK(!a.contains(0));
  CHECK(!a.intersects(a));
  a.insert(3);
  a.insert(64);
  b.insert(200);
  CHECK(a.contains(64));
  CHECK(!a.contains(200));
  CHECK(!a.intersects(b));
  CHECK(a.first_common(b) == SenderSet::npos);
  b.insert(64);
  CHECK(a.first_common(b) == 64);
  CHECK(b.first_common(a) == 64);
  CHECK(a.first_common(a) == 3);
}

TEST_CASE("SenderSet: the same members in any order are the same set") {
  constexpr std::size_t kMembers[] = {700, 3, 64, 701, 0, 999, 130};
  SenderSet forward;
  SenderSet backward;
  for (std::size_t i = 0; i < std::size(kMembers); ++i) {
    forward.insert(kMembers[i]);
    backward.insert(kMembers[std::size(kMembers) - 1 - i]);
  }
  CHECK(forward == backward);
  std::size_t members = 0;
  for (std::size_t sender = 0; sender < 1200; ++sender) {
    CAPTURE(sender);
    const bool is_member = std::find(std::begin(kMembers), std::end(kMembers), sender) != std::end(kMembers);
    CHECK(forward.contains(sender) == is_member);
    SenderSet alone;
    alone.insert(sender);
    CHECK(forward.first_common(alone) == (is_member ? sender : SenderSet::npos));
    CHECK(alone.intersects(forward) == is_member);
    members += is_member ? 1 : 0;
  }
  CHECK(members == std::size(kMembers));
}

TEST_CASE("Pass-through terms, expanded for an address") {
  struct Case {
    const char* term;
    const char* address;
    const char* expanded;
  };
  constexpr Case kCases[] = {
      {"exists:%{i}._spf.x.example", "192.0.2.1", "exists:192.0.2.1._spf.x.example"},
      {"EXISTS:%{ir}.%{v}.%{d}", "192.0.2.1", "exists:1.2.0.192.in-addr.rec.example"},
      {"include:%{d}.x.example", "192.0.2.1", "include:rec.example.x.example"},
      {"a:%{d}/24//64", "192.0.2.1", "a:rec.example/24//64"},
      {"mx:x.example//64", "192.0.2.1", "mx:x.example//64"},
      {"include:spf.x.example", "2001:db8::1", "include:spf.x.example"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.term);
    PassthroughTerm term;
    term.term = c.term;
    term.record = Name::parse("rec.example").value();
    const auto compiled = compile_passthrough(term);
    REQUIRE(compiled.ok());
    CHECK(expand(*compiled, IpAddress::parse(c.address).value()) == c.expanded);
  }
}
