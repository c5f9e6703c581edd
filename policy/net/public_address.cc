#include "policy/net/public_address.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace emailauth {

namespace {

// One row of a registry. The longest row that contains an address counts; "" means public.
struct Row {
  std::string_view network;
  std::string_view purpose;
};

// https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast (RFC 5771).
constexpr Row kIpv4[] = {
    {"0.0.0.0/0", ""},
    {"0.0.0.0/8", "this host on this network"},
    {"10.0.0.0/8", "private use"},
    {"100.64.0.0/10", "shared address space"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private use"},
    {"192.0.0.0/24", "IETF protocol assignments"},
    {"192.0.0.9/32", ""},   // PCP anycast
    {"192.0.0.10/32", ""},  // TURN anycast
    {"192.0.2.0/24", "documentation"},
    {"192.88.99.0/24", "6to4 relay"},
    {"192.168.0.0/16", "private use"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"255.255.255.255/32", "broadcast"},
};

// https://www.iana.org/assignments/iana-ipv6-special-registry and …/ipv6-address-space.
constexpr Row kIpv6[] = {
    {"::/0", "not assigned"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"64:ff9b:1::/48", "local IPv4/IPv6 translation"},
    {"100::/64", "discard-only"},
    {"100:0:0:1::/64", "dummy prefix"},
    {"2000::/3", ""},
    {"2001::/23", "IETF protocol assignments"},
    {"2001::/32", "Teredo"},
    {"2001:1::1/128", ""},  // PCP anycast
    {"2001:1::2/128", ""},  // TURN anycast
    {"2001:1::3/128", ""},  // DNS-SD service registration anycast
    {"2001:2::/48", "benchmarking"},
    {"2001:3::/32", ""},      // AMT
    {"2001:4:112::/48", ""},  // AS112
    {"2001:10::/28", "deprecated, previously ORCHID"},
    {"2001:20::/28", ""},  // ORCHIDv2
    {"2001:30::/28", ""},  // drone remote identification
    {"2001:db8::/32", "documentation"},
    {"2002::/16", "6to4"},
    {"3fff::/20", "documentation"},
    {"5f00::/16", "segment routing"},
    {"fc00::/7", "unique local"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
};

struct Special {
  IpPrefix network;
  std::string_view purpose;
};

// The longest first.
std::vector<Special> parsed(std::span<const Row> rows) {
  std::vector<Special> out;
  for (const Row& row : rows) out.push_back({IpPrefix::parse(row.network).value(), row.purpose});
  std::stable_sort(out.begin(), out.end(),
                   [](const Special& a, const Special& b) { return a.network.length() > b.network.length(); });
  return out;
}

// 64:ff9b::/96: the last four octets are the IPv4 address (RFC 6052, 2.1).
IpAddress untranslated(const IpAddress& address) {
  static const IpPrefix translated = IpPrefix::parse("64:ff9b::/96").value();
  if (address.is_v4() || !translated.contains(address)) return address.unmapped();
  const std::array<std::uint8_t, 16>& octets = address.octets();
  std::uint32_t number = 0;
  for (std::size_t i = 12; i < octets.size(); ++i) number = number << 8 | octets[i];
  return IpAddress::v4(number);
}

}  // namespace

std::string_view special_purpose_of(const IpAddress& address) {
  static const std::vector<Special> ipv4 = parsed(kIpv4);
  static const std::vector<Special> ipv6 = parsed(kIpv6);
  const IpAddress inside = untranslated(address);
  const std::vector<Special>& rows = inside.is_v4() ? ipv4 : ipv6;
  return std::find_if(rows.begin(), rows.end(), [&](const Special& row) { return row.network.contains(inside); })
      ->purpose;
}

bool is_public(const IpAddress& address) { return special_purpose_of(address).empty(); }

}  // namespace emailauth
