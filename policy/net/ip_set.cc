#include "policy/net/ip_set.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace emailauth {

namespace {

bool starts_before(const IpRange& a, const IpRange& b) { return a.first < b.first; }

IpRange range_of(const IpPrefix& network) { return {network.first(), network.last()}; }

// Returns true if there is no address between the end of `a` and the start of `b`. Requires a.first <= b.first.
bool touches(const IpRange& a, const IpRange& b) {
  if (a.last.family() != b.first.family()) return false;
  return b.first <= a.last || a.last.next() == b.first;
}

int trailing_zero_bits(const IpAddress& address) {
  const int octets = address_bits(address.family()) / 8;
  int zeros = 0;
  for (int i = octets - 1; i >= 0; --i) {
    unsigned octet = address.octets()[static_cast<std::size_t>(i)];
    if (octet == 0) {
      zeros += 8;
      continue;
    }
    for (; (octet & 1U) == 0; octet >>= 1U) ++zeros;
    break;
  }
  return zeros;
}

// Returns the largest network that starts at range.first and does not reach beyond range.last.
IpPrefix largest_network_at_start(const IpRange& range) {
  int length = address_bits(range.first.family()) - trailing_zero_bits(range.first);
  while (IpPrefix::containing(range.first, length).last() > range.last) ++length;
  return IpPrefix::containing(range.first, length);
}

// Returns last - first + 1, without losing a small difference of two large numbers.
double size_of(const IpRange& range) {
  const int octets = address_bits(range.first.family()) / 8;
  double size = 1;
  for (int i = 0; i < octets; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const int difference = int{range.last.octets()[at]} - int{range.first.octets()[at]};
    size += std::ldexp(difference, 8 * (octets - 1 - i));
  }
  return size;
}

}  // namespace

IpSet::IpSet(const IpPrefix& network) : ranges_{range_of(network)} {}

IpSet IpSet::of(std::span<const IpPrefix> networks) {
  std::vector<IpRange> ranges;
  ranges.reserve(networks.size());
  for (const IpPrefix& network : networks) ranges.push_back(range_of(network));
  std::sort(ranges.begin(), ranges.end(), starts_before);
  IpSet out;
  out.ranges_ = joined(std::move(ranges));
  return out;
}

IpSet IpSet::all_of(IpFamily family) {
  const IpAddress zero = family == IpFamily::v4 ? IpAddress::v4(0) : IpAddress::v6({});
  return IpSet(IpPrefix::containing(zero, 0));
}

IpSet IpSet::everything() { return all_of(IpFamily::v4) | all_of(IpFamily::v6); }
IpSet IpSet::mapped() { return IpSet(IpPrefix::containing(IpAddress::v4(0).mapped(), 96)); }

std::vector<IpRange> IpSet::joined(std::vector<IpRange> sorted) {
  std::vector<IpRange> out;
  out.reserve(sorted.size());
  for (const IpRange& range : sorted) {
    if (!out.empty() && touches(out.back(), range)) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

IpSet& IpSet::operator|=(const IpSet& other) {
  std::vector<IpRange> both;
  both.reserve(ranges_.size() + other.ranges_.size());
  std::merge(ranges_.begin(), ranges_.end(), other.ranges_.begin(), other.ranges_.end(), std::back_inserter(both),
             starts_before);
  ranges_ = joined(std::move(both));
  return *this;
}

IpSet& IpSet::operator&=(const IpSet& other) {
  std::vector<IpRange> out;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    const IpRange overlap{std::max(a->first, b->first), std::min(a->last, b->last)};
    if (overlap.first <= overlap.last) out.push_back(overlap);
    if (a->last < b->last) {
      ++a;
    } else {
      ++b;
    }
  }
  ranges_ = std::move(out);
  return *this;
}

IpSet& IpSet::operator-=(const IpSet& other) {
  std::vector<IpRange> out;
  auto hole = other.ranges_.begin();
  for (IpRange rest : ranges_) {
    while (hole != other.ranges_.end() && hole->last < rest.first) ++hole;
    bool used_up = false;
    // A hole may extend into the next range: `hole` stays at it.
    for (auto h = hole; h != other.ranges_.end() && h->first <= rest.last; ++h) {
      if (rest.first < h->first) out.push_back({rest.first, h->first.previous()});
      used_up = h->last >= rest.last;
      if (used_up) break;
      rest.first = h->last.next();
      hole = h;
    }
    if (!used_up) out.push_back(rest);
  }
  ranges_ = std::move(out);
  return *this;
}

bool IpSet::contains(const IpAddress& address) const { return contains(IpPrefix(address)); }

bool IpSet::contains(const IpPrefix& network) const {
  const IpRange wanted = range_of(network);
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), wanted, starts_before);
  return after != ranges_.begin() && std::prev(after)->last >= wanted.last;
}

double IpSet::address_count(IpFamily family) const {
  double count = 0;
  for (const IpRange& range : ranges_) {
    if (range.first.family() == family) count += size_of(range);
  }
  return count;
}

std::vector<IpPrefix> IpSet::to_prefixes() const {
  std::vector<IpPrefix> out;
  for (IpRange rest : ranges_) {
    while (true) {
      const IpPrefix network = largest_network_at_start(rest);
      out.push_back(network);
      if (network.last() == rest.last) break;
      rest.first = network.last().next();
    }
  }
  return out;
}

}  // namespace emailauth
