#include "policy/records/spf_pages.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

using emailauth::IpAddress;
using emailauth::IpPrefix;
using emailauth::IpSet;
using emailauth::kRecordOctets;
using emailauth::SpfPages;
using emailauth::SpfPageStart;

namespace {

IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while ((at = text.find(' ', at)) != std::string::npos) {
    const std::size_t end = text.find(' ', ++at);
    out.push_back(text.substr(at, end == std::string::npos ? end : end - at));
  }
  return out;
}

// What a receiver reads if it follows the includes from `start` on.
struct Read {
  std::vector<IpPrefix> networks;
  std::vector<std::string> others;
  std::size_t pages = 0;
  std::size_t longest = 0;  // octets of the longest page, with its frame
};

Read read_from(const SpfPages& pages, SpfPageStart start, const std::string& owner) {
  Read read;
  for (bool more = true; more;) {
    REQUIRE(++read.pages < 1000);
    const std::string terms = pages.terms(start, owner);
    read.longest = std::max(read.longest, terms.size() + std::string("v=spf1 -all").size());
    more = false;
    for (const std::string& term : words(terms)) {
      if (term.rfind("ip4:", 0) == 0 || term.rfind("ip6:", 0) == 0) {
        read.networks.push_back(IpPrefix::parse(term.substr(4)).value());
      } else if (term.rfind("include:_p", 0) == 0 && term.substr(term.find('.') + 1) == owner) {
        start = SpfPageStart::parse(term.substr(8, term.find('.') - 8)).value();
        more = true;
      } else {
        read.others.push_back(term);
      }
    }
  }
  return read;
}

// Like vendors' networks: a few neighbourhoods, mostly /20 to /32, some IPv6.
std::vector<IpPrefix> networks(std::mt19937& dice, std::size_t count) {
  std::vector<IpPrefix> out;
  for (std::size_t i = 0; i < count; ++i) {
    if (dice() % 5 == 0) {
      std::array<std::uint8_t, 16> octets = {0x20, 1, 0x0d, 0xb8};
      for (std::size_t k = 4; k < 16; ++k) octets[k] = static_cast<std::uint8_t>(dice());
      out.push_back(IpPrefix::containing(IpAddress::v6(octets), 32 + static_cast<int>(dice() % 97)));
    } else {
      const auto number = static_cast<std::uint32_t>((dice() % 7 + 1) * 0x1f000000U + dice() % 0x100000U);
      out.push_back(IpPrefix::containing(IpAddress::v4(number), 20 + static_cast<int>(dice() % 13)));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a page's label says where it starts, without zeros at the end") {
  CHECK(SpfPageStart().label() == "_p4");
  CHECK(SpfPageStart::at(address("198.51.100.0")).label() == "_p4c63364");
  CHECK(SpfPageStart::at(address("192.0.0.0")).label() == "_p4c");
  CHECK(SpfPageStart::at(address("2001:db8::")).label() == "_p620010db8");
  CHECK(SpfPageStart::at(address("::")).label() == "_p6");
  CHECK(SpfPageStart::behind().label() == "_p7");
  std::mt19937 dice(7208);
  for (int i = 0; i < 1000; ++i) {
    for (const IpPrefix& network : networks(dice, 1)) {
      const SpfPageStart start = SpfPageStart::at(network.first());
      CHECK(start.label().size() <= 35);
      CHECK(SpfPageStart::parse(start.label()) == start);
    }
  }
  for (const char* label : {"", "_p", "_p5", "_p40", "_p4C", "_p4123456789", "_p7a", "p4", "_p4g", "_p6200", "_p4 "}) {
    CHECK_MESSAGE(!SpfPageStart::parse(label), label);
  }
  CHECK(!SpfPageStart::parse("_p6" + std::string(33, '1')));
}

TEST_CASE("pages hold every network once, the other terms last, and stay below 450 octets") {
  std::mt19937 dice(450);
  for (int round = 0; round < 400; ++round) {
    const IpSet set = IpSet::of(networks(dice, dice() % 300));
    const std::string owner(1 + dice() % 160, 'o');
    std::vector<std::string> terms;
    for (std::size_t i = dice() % 4; i > 0; --i) terms.push_back("include:_spf" + std::to_string(i) + ".example.com");
    const SpfPages pages(set, terms, owner.size());
    const Read read = read_from(pages, SpfPageStart(), owner);
    CHECK(read.networks == set.to_prefixes());
    CHECK(read.others == terms);
    CHECK(read.longest <= kRecordOctets);
    CHECK(read.pages == pages.starts().size());
  }
}

TEST_CASE("under a name near the limit of DNS a page still holds a network") {
  std::mt19937 dice(253);
  const IpSet set = IpSet::of(networks(dice, 40));
  for (const std::size_t size : {240U, 400U, 700U}) {
    const std::string owner(size, 'o');
    const Read read = read_from(SpfPages(set, {"mx:example.com"}, size), SpfPageStart(), owner);
    CHECK(read.networks == set.to_prefixes());
    CHECK(read.others == std::vector<std::string>{"mx:example.com"});
  }
}

TEST_CASE("from any address on, a page names every network of today") {
  std::mt19937 dice(31);
  const IpSet set = IpSet::of(networks(dice, 200));
  const SpfPages pages(set, {"a:example.com"}, 30);
  const std::vector<IpPrefix> all = set.to_prefixes();
  for (const IpPrefix& stale : networks(dice, 500)) {
    std::vector<IpPrefix> expected;
    for (const IpPrefix& network : all) {
      if (network.last() >= stale.first()) expected.push_back(network);
    }
    const Read read = read_from(pages, SpfPageStart::at(stale.first()), "example.com");
    CHECK(read.networks == expected);
    CHECK(read.others.size() == 1);
  }
  CHECK(read_from(pages, SpfPageStart::behind(), "example.com").networks.empty());
}

TEST_CASE("a receiver with the first page of yesterday loses no network that may send on both days") {
  std::mt19937 dice(32);
  for (int round = 0; round < 200; ++round) {
    std::vector<IpPrefix> before = networks(dice, 150);
    std::vector<IpPrefix> after(before.begin() + 10, before.end());
    for (const IpPrefix& added : networks(dice, 10)) after.push_back(added);
    const SpfPages old_pages(IpSet::of(before), {}, 20);
    const SpfPages new_pages(IpSet::of(after), {}, 20);
    std::vector<IpPrefix> seen;
    std::optional<SpfPageStart> next;
    for (const std::string& term : words(old_pages.terms(SpfPageStart(), "example.com"))) {
      if (term.rfind("include:", 0) == 0)
        next = SpfPageStart::parse(term.substr(8, term.find('.') - 8));
      else
        seen.push_back(IpPrefix::parse(term.substr(4)).value());
    }
    REQUIRE(next);
    for (const IpPrefix& network : read_from(new_pages, *next, "example.com").networks) seen.push_back(network);
    const IpSet both = IpSet::of(before) & IpSet::of(after);
    CHECK((both - IpSet::of(seen)).empty());
  }
}

TEST_CASE("adding or removing a network moves few pages") {
  std::mt19937 dice(33);
  const auto moved = [](const SpfPages& before, const SpfPages& after) {
    return std::count_if(after.starts().begin(), after.starts().end(), [&](const SpfPageStart& start) {
      return std::find(before.starts().begin(), before.starts().end(), start) == before.starts().end();
    });
  };
  int few = 0;
  long pages = 0;
  long moved_pages = 0;
  constexpr int kRounds = 500;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<IpPrefix> list = networks(dice, 160);
    const SpfPages before(IpSet::of(list), {}, 30);
    list[dice() % list.size()] = networks(dice, 1).front();
    const SpfPages after(IpSet::of(list), {}, 30);
    const long count = moved(before, after);
    few += count <= 1 ? 1 : 0;
    pages += static_cast<long>(after.starts().size());
    moved_pages += count;
  }
  MESSAGE("of " << kRounds << " changes, " << few << " moved one page or none; in all " << moved_pages << " of "
                << pages << " pages moved");
  CHECK(few * 2 >= kRounds);
}
