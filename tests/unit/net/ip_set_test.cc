#include "policy/net/ip_set.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

using emailauth::IpAddress;
using emailauth::IpFamily;
using emailauth::IpPrefix;
using emailauth::IpRange;
using emailauth::IpSet;

namespace {

// "192.0.2.0/24 2001:db8::/32" -> the set.
IpSet set_of(std::string_view text) {
  std::vector<IpPrefix> networks;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    networks.push_back(IpPrefix::parse(text.substr(0, space)).value());
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return IpSet::of(networks);
}

std::string text_of(const IpSet& set) {
  std::string out;
  for (const IpPrefix& network : set.to_prefixes()) out += (out.empty() ? "" : " ") + network.to_string();
  return out;
}

}  // namespace

TEST_CASE("IpSet: networks in, the fewest networks out") {
  struct Case {
    const char* in;
    const char* out;
  };
  constexpr Case kCases[] = {
      {"", ""},
      {"192.0.2.1", "192.0.2.1/32"},
      {"192.0.2.0/25 192.0.2.128/25", "192.0.2.0/24"},
      {"192.0.2.128/25 192.0.2.0/25", "192.0.2.0/24"},
      {"192.0.2.0/24 192.0.2.7", "192.0.2.0/24"},
      {"192.0.2.1 192.0.2.2 192.0.2.3", "192.0.2.1/32 192.0.2.2/31"},
      {"2001:db8::/33 192.0.2.1 2001:db8:8000::/33", "192.0.2.1/32 2001:db8::/32"},
      {"255.255.255.255 0.0.0.0", "0.0.0.0/32 255.255.255.255/32"},
      {"0.0.0.0/1 128.0.0.0/1", "0.0.0.0/0"},
      {"::/1 8000::/1", "::/0"},
      {"255.255.255.255 ::", "255.255.255.255/32 ::/128"},
      {"::ffff:192.0.2.1 192.0.2.1", "192.0.2.1/32 ::ffff:c000:201/128"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.in);
    CHECK(text_of(set_of(c.in)) == c.out);
    CHECK(IpSet::of(set_of(c.in).to_prefixes()) == set_of(c.in));
  }
}

TEST_CASE("IpSet: union, intersection, difference") {
  struct Case {
    const char* a;
    const char* b;
    const char* joined;
    const char* both;
    const char* only_a;
  };
  constexpr Case kCases[] = {
      {"192.0.2.0/24", "", "192.0.2.0/24", "", "192.0.2.0/24"},
      {"", "192.0.2.0/24", "192.0.2.0/24", "", ""},
      {"192.0.2.0/24", "192.0.2.0/24", "192.0.2.0/24", "192.0.2.0/24", ""},
      {"192.0.2.0/24", "192.0.2.128/25", "192.0.2.0/24", "192.0.2.128/25", "192.0.2.0/25"},
      {"192.0.2.0/30", "192.0.2.1", "192.0.2.0/30", "192.0.2.1/32", "192.0.2.0/32 192.0.2.2/31"},
      {"192.0.2.0/24", "2001:db8::/32", "192.0.2.0/24 2001:db8::/32", "", "192.0.2.0/24"},
      {"10.0.0.0 10.0.0.2 10.0.0.4", "10.0.0.0/29", "10.0.0.0/29", "10.0.0.0/32 10.0.0.2/32 10.0.0.4/32", ""},
      {"10.0.0.0/29", "10.0.0.0 10.0.0.7", "10.0.0.0/29", "10.0.0.0/32 10.0.0.7/32",
       "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32"},
      {"255.255.255.252/30", "255.255.255.255", "255.255.255.252/30", "255.255.255.255/32",
       "255.255.255.252/31 255.255.255.254/32"},
      {"0.0.0.0/0 ::/0", "0.0.0.0/1 8000::/1", "0.0.0.0/0 ::/0", "0.0.0.0/1 8000::/1", "128.0.0.0/1 ::/1"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    const IpSet a = set_of(c.a);
    const IpSet b = set_of(c.b);
    CHECK(text_of(a | b) == c.joined);
    CHECK(text_of(a & b) == c.both);
    CHECK(text_of(a - b) == c.only_a);
  }
}

TEST_CASE("IpSet: contains and counts") {
  const IpSet set = set_of("192.0.2.0/24 2001:db8::/64");
  const auto has = [&set](const char* text) { return set.contains(IpPrefix::parse(text).value()); };
  CHECK(has("192.0.2.0"));
  CHECK(has("192.0.2.255"));
  CHECK(has("192.0.2.64/26"));
  CHECK_FALSE(has("192.0.1.255"));
  CHECK_FALSE(has("192.0.3.0"));
  CHECK_FALSE(has("192.0.2.0/23"));
  CHECK(has("2001:db8::1"));
  CHECK_FALSE(has("2001:db8:0:1::"));
  CHECK_FALSE(has("::ffff:192.0.2.1"));
  CHECK_FALSE(IpSet().contains(IpAddress::v4(0)));

  CHECK(set.address_count(IpFamily::v4) == 256);
  CHECK(set.address_count(IpFamily::v6) == 18446744073709551616.0);
  CHECK(set_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").address_count(IpFamily::v6) == 1);
  CHECK(IpSet::everything().contains(IpPrefix::parse("::/0").value()));
  CHECK(IpSet::all_of(IpFamily::v4).address_count(IpFamily::v4) == 4294967296.0);
}

TEST_CASE("IpSet: random sets agree with sets of single addresses") {
  std::mt19937 random(7208);
  const auto random_set = [&random](std::set<unsigned>& members) {
    std::vector<IpPrefix> networks;
    for (auto n = random() % 6; n > 0; --n) {
      const auto length = static_cast<int>(26 + random() % 7);
      networks.push_back(
          IpPrefix::containing(IpAddress::v4(0xc0000200U + static_cast<unsigned>(random() % 64)), length));
      for (unsigned i = 0; i < 64; ++i) {
        if (networks.back().contains(IpAddress::v4(0xc0000200U + i))) members.insert(i);
      }
    }
    return IpSet::of(networks);
  };
  for (int round = 0; round < 2000; ++round) {
    std::set<unsigned> in_a;
    std::set<unsigned> in_b;
    const IpSet a = random_set(in_a);
    const IpSet b = random_set(in_b);
    const IpSet joined = a | b;
    const IpSet both = a & b;
    const IpSet only_a = a - b;
    for (unsigned i = 0; i < 64; ++i) {
      const IpAddress address = IpAddress::v4(0xc0000200U + i);
      const bool x = in_a.contains(i);
      const bool y = in_b.contains(i);
      REQUIRE(a.contains(address) == x);
      REQUIRE(joined.contains(address) == (x || y));
      REQUIRE(both.contains(address) == (x && y));
      REQUIRE(only_a.contains(address) == (x && !y));
    }
    REQUIRE((only_a | both) == a);
    REQUIRE(IpSet::of(joined.to_prefixes()) == joined);
  }
}
