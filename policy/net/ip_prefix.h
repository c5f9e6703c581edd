// policy/net/ip_prefix.h - IP addresses and networks, such as "192.0.2.0/24".
//
// Owns the text form used by ip4:/ip6: terms (RFC 7208, 5.6) and by "netblocks"
// in policy files. Knows nothing about policies, DNS names or PowerDNS.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/base/result.h"

namespace emailauth {

enum class IpFamily : std::uint8_t { v4, v6 };

constexpr int address_bits(IpFamily family) { return family == IpFamily::v4 ? 32 : 128; }

// One IPv4 or IPv6 address. Ordered by family, then by number.
class IpAddress {
 public:
  IpAddress() = default;                                            // 0.0.0.0
  static IpAddress v4(std::uint32_t number);                        // host byte order
  static IpAddress v6(const std::array<std::uint8_t, 16>& octets);  // network byte order

  // Parses "192.0.2.1" (four decimal numbers without leading zeros) or RFC 4291 text ("2001:db8::1",
  // "::ffff:192.0.2.1"). Refuses a zone index and brackets.
  static Result<IpAddress> parse(std::string_view text);

  // Returns canonical text (RFC 5952). Writes IPv4-mapped addresses in hexadecimal ("::ffff:c000:201"), the form that
  // all readers of SPF's ip6: accept.
  std::string to_string() const;

  IpFamily family() const { return family_; }
  bool is_v4() const { return family_ == IpFamily::v4; }

  // Returns the address as a number in host byte order. Requires is_v4().
  std::uint32_t v4_number() const;

  // Returns the address in network byte order; IPv4 uses the first four octets.
  const std::array<std::uint8_t, 16>& octets() const { return octets_; }

  bool is_v4_mapped() const;   // ::ffff:0:0/96
  IpAddress unmapped() const;  // the IPv4 address inside, or *this
  IpAddress mapped() const;    // the ::ffff: form of an IPv4 address, or *this

  // Returns the next address; wraps round at the end of the family.
  IpAddress next() const;
  IpAddress previous() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  IpFamily family_ = IpFamily::v4;
  std::array<std::uint8_t, 16> octets_{};
};

// A network: an address with zero host bits, and a prefix length.
class IpPrefix {
 public:
  IpPrefix() : IpPrefix(IpAddress(), 32) {}

  // The network of one host.
  explicit IpPrefix(const IpAddress& host) : IpPrefix(host, address_bits(host.family())) {}

  // Returns the network of `length` bits (0..32 or 0..128) that contains `address`.
  static IpPrefix containing(const IpAddress& address, int length);

  // Parses "192.0.2.0/24", "2001:db8::/32", or a bare address (one host).
  // Refuses non-zero host bits: "192.0.2.7/24" is usually a typo.
  //
  //   IpPrefix::parse("192.0.2.7").value().to_string() == "192.0.2.7/32"
  static Result<IpPrefix> parse(std::string_view text);

  // Returns canonical text. parse(p.to_string()) gives p back.
  std::string to_string() const;

  // Returns an SPF term: "ip4:192.0.2.0/24", "ip6:2001:db8::1" (a host has no length).
  std::string to_spf_term() const;

  const IpAddress& first() const { return first_; }
  IpAddress last() const;
  int length() const { return length_; }
  IpFamily family() const { return first_.family(); }
  bool contains(const IpAddress& address) const;

  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;
  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;

 private:
  IpPrefix(const IpAddress& first, int length) : first_(first), length_(length) {}
  IpAddress first_;
  int length_;
};

}  // namespace emailauth
