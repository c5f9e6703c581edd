// policy/net/ip_set.h - A set of IP addresses, with the arithmetic of sets.
//
// Owns sorted, disjoint, never adjacent ranges of both families, so that equal sets are equal values. Used to compute
// which addresses may send: senders made flat, static SPF records. Knows nothing about SPF terms, policies or PowerDNS.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "policy/net/ip_prefix.h"

namespace emailauth {

// The addresses first..last, both included, of one family; first <= last.
struct IpRange {
  IpAddress first;
  IpAddress last;
  friend bool operator==(const IpRange&, const IpRange&) = default;
};

// A value type. IPv4 and IPv4-mapped IPv6 addresses are different addresses:
// unmap before you ask (IpAddress::unmapped()).
//
//   IpSet set(IpPrefix::parse("192.0.2.0/24").value());
//   set -= IpSet(IpPrefix::parse("192.0.2.128/25").value());
//   set.to_prefixes()  ->  192.0.2.0/25
class IpSet {
 public:
  IpSet() = default;  // the empty set
  explicit IpSet(const IpPrefix& network);

  // Returns the union of `networks`, in any order, overlapping or not. O(n log n).
  static IpSet of(std::span<const IpPrefix> networks);

  // Returns every address of one family.
  static IpSet all_of(IpFamily family);
  static IpSet everything();
  // Returns ::ffff:0:0/96. No client has such an address: it counts as IPv4 (RFC 7208, 5).
  static IpSet mapped();

  // Union, intersection and difference; O(number of ranges of both).
  IpSet& operator|=(const IpSet& other);
  IpSet& operator&=(const IpSet& other);
  IpSet& operator-=(const IpSet& other);
  friend IpSet operator|(IpSet a, const IpSet& b) { return a |= b; }
  friend IpSet operator&(IpSet a, const IpSet& b) { return a &= b; }
  friend IpSet operator-(IpSet a, const IpSet& b) { return a -= b; }

  bool empty() const { return ranges_.empty(); }
  bool contains(const IpAddress& address) const;  // O(log n)
  bool contains(const IpPrefix& network) const;   // all of its addresses

  // Returns the number of addresses of a family, exact up to 2^53.
  double address_count(IpFamily family) const;

  // Returns the ranges: IPv4 first, ascending, with a gap between any two.
  const std::vector<IpRange>& ranges() const { return ranges_; }

  // Returns the smallest list of networks that covers exactly this set: IPv4 first, ascending.
  // IpSet::of(s.to_prefixes()) gives s back.
  std::vector<IpPrefix> to_prefixes() const;

  friend bool operator==(const IpSet&, const IpSet&) = default;

 private:
  // Joins ranges that overlap or touch. Requires ranges sorted by `first`.
  static std::vector<IpRange> joined(std::vector<IpRange> sorted);

  std::vector<IpRange> ranges_;
};

}  // namespace emailauth
