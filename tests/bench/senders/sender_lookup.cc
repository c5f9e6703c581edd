// Measures how long it takes to decide whether an address may send for a domain: the table against a linear scan.
//
//   sender_lookup            1,000 senders with 100,000 networks; exit status 1 below the bar
//   sender_lookup --short    a small table: only that both find the same, nothing is timed
//
// The bar: a look-up costs the same, within a factor of two, whether the domain enables one
// sender or all of them, and a hundredth of a scan at most.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "policy/files/sender_table.h"
#include "policy/snapshot/spf_link.h"

using namespace emailauth;

namespace {

constexpr double kMostForAll = 2;        // all senders against one
constexpr double kLeastForScan = 100;    // a scan against a look-up
constexpr std::size_t kRepetitions = 7;  // the median counts

class World {
 public:
  World(std::size_t senders, std::size_t networks_each) {
    for (std::size_t i = 0; i < senders; ++i) {
      SenderTable::Sender sender;
      sender.id = "s" + std::to_string(i);
      for (std::size_t n = 0; n < networks_each; ++n) sender.networks.push_back(network(n % 5 == 4));
      senders_.push_back(std::move(sender));
    }
  }

  const std::vector<SenderTable::Sender>& senders() const { return senders_; }

  // Every other address inside a network, the rest anywhere.
  std::vector<IpAddress> addresses(std::size_t count) {
    std::vector<IpAddress> out;
    while (out.size() < count) {
      const auto& networks = senders_[random_() % senders_.size()].networks;
      out.push_back(networks[random_() % networks.size()].last());
      out.push_back(network(out.size() % 5 == 4).first());
    }
    return out;
  }

 private:
  IpPrefix network(bool v6) {
    if (!v6) return IpPrefix::containing(IpAddress::v4(static_cast<std::uint32_t>(random_())), 22 + below(11));
    std::array<std::uint8_t, 16> octets{0x20, 0x01};
    for (std::size_t i = 2; i < 8; ++i) octets[i] = static_cast<std::uint8_t>(random_());
    return IpPrefix::containing(IpAddress::v6(octets), 40 + below(25));
  }
  int below(unsigned limit) { return static_cast<int>(random_() % limit); }

  std::mt19937 random_{7208};
  std::vector<SenderTable::Sender> senders_;
};

SpfRules rules_for(std::size_t enabled) {
  SpfRules rules;
  for (std::size_t i = 0; i < enabled; ++i) rules.policy.senders.push_back({"s" + std::to_string(i), 0, ""});
  return rules;
}

bool scan(const std::vector<SenderTable::Sender>& senders, std::size_t enabled, const IpAddress& address) {
  for (std::size_t i = 0; i < enabled; ++i) {
    for (const IpPrefix& network : senders[i].networks) {
      if (network.contains(address)) return true;
    }
  }
  return false;
}

// Returns nanoseconds per call of `authorises`; `passes` is how many it authorised.
template <typename Authorises>
double nanoseconds(const std::vector<IpAddress>& addresses, std::size_t& passes, const Authorises& authorises) {
  std::array<double, kRepetitions> took{};
  for (double& one : took) {
    passes = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (const IpAddress& address : addresses) passes += authorises(address) ? 1U : 0U;
    const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - begin;
    one = elapsed.count() / static_cast<double>(addresses.size());
  }
  std::sort(took.begin(), took.end());
  return took[kRepetitions / 2];
}

// Returns true if the table gives the same answer as the scan for every address.
bool agree(const World& world, const LinkedSpf& linked, std::size_t enabled, const std::vector<IpAddress>& addresses) {
  return std::all_of(addresses.begin(), addresses.end(), [&](const IpAddress& address) {
    return linked.authorises(address) == scan(world.senders(), enabled, address);
  });
}

int measure(World& world, const LinkedSpf& one, const LinkedSpf& all) {
  const std::vector<IpAddress> many = world.addresses(100000);
  const std::vector<IpAddress> few(many.begin(), many.begin() + 200);
  std::size_t of_one = 0;
  std::size_t of_all = 0;
  std::size_t scanned = 0;
  const double for_one = nanoseconds(many, of_one, [&](const IpAddress& a) { return one.authorises(a); });
  const double for_all = nanoseconds(many, of_all, [&](const IpAddress& a) { return all.authorises(a); });
  const double for_scan =
      nanoseconds(few, scanned, [&](const IpAddress& a) { return scan(world.senders(), world.senders().size(), a); });
  std::printf("one sender enabled:   %8.0f ns a look-up (%zu of %zu addresses may send)\n", for_one, of_one,
              many.size());
  std::printf("all senders enabled:  %8.0f ns a look-up (%zu may send), %.2f times that of one; the bar is %.0f\n",
              for_all, of_all, for_all / for_one, kMostForAll);
  std::printf("linear scan of all:   %8.0f ns a look-up, %.0f times the table's; the bar is %.0f\n", for_scan,
              for_scan / for_all, kLeastForScan);
  return for_all / for_one <= kMostForAll && for_scan / for_all >= kLeastForScan ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool is_short = argc == 2 && std::string_view(argv[1]) == "--short";
  if (argc > 1 && !is_short) {
    std::fprintf(stderr, "usage: sender_lookup [--short]\n");
    return 2;
  }
  World world(is_short ? 70 : 1000, is_short ? 20 : 100);
  const std::size_t count = world.senders().size();
  SpfLinker linker(std::make_shared<const SenderTable>(world.senders()), 0);
  Diagnostics diagnostics;
  const auto one = linker.link(rules_for(1), "one", diagnostics);
  const auto all = linker.link(rules_for(count), "all", diagnostics);
  if (!one || !all) return 2;
  std::printf("%zu senders, %zu networks\n", count, linker.senders()->network_count());
  const std::vector<IpAddress> sample = world.addresses(is_short ? 4000 : 300);
  if (!agree(world, *one, 1, sample) || !agree(world, *all, count, sample)) {
    std::fprintf(stderr, "the table and the scan do not agree\n");
    return 1;
  }
  return is_short ? 0 : measure(world, *one, *all);
}
