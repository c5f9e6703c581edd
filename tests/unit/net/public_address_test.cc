#include "policy/net/public_address.h"

#include <doctest/doctest.h>

#include <span>

using namespace emailauth;

namespace {

struct Case {
  const char* network;
  const char* purpose;  // "": public
};

// Every row of https://www.iana.org/assignments/iana-ipv4-special-registry (2025-10-09), by "Globally Reachable"
// ("N/A" is not), and the addresses right next to it.
constexpr Case kIpv4[] = {
    {"0.0.0.0/8", "this host on this network"},
    {"0.0.0.0/32", "this host on this network"},
    {"10.0.0.0/8", "private use"},
    {"100.64.0.0/10", "shared address space"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private use"},
    {"192.0.0.0/29", "IETF protocol assignments"},
    {"192.0.0.8/32", "IETF protocol assignments"},
    {"192.0.0.9/32", ""},
    {"192.0.0.10/32", ""},
    {"192.0.0.11/32", "IETF protocol assignments"},
    {"192.0.0.170/31", "IETF protocol assignments"},
    {"192.0.2.0/24", "documentation"},
    {"192.31.196.0/24", ""},
    {"192.52.193.0/24", ""},
    {"192.88.99.0/24", "6to4 relay"},
    {"192.88.99.2/32", "6to4 relay"},
    {"192.168.0.0/16", "private use"},
    {"192.175.48.0/24", ""},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/5", "reserved"},
    {"255.255.255.255/32", "broadcast"},
};

constexpr Case kIpv6[] = {
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"::2/128", "not assigned"},
    {"64:ff9b:1::/48", "local IPv4/IPv6 translation"},
    {"100::/64", "discard-only"},
    {"100:0:0:1::/64", "dummy prefix"},
    {"100:0:0:2::/64", "not assigned"},
    {"2000::/16", ""},
    {"2001::/32", "Teredo"},
    {"2001:1::/128", "IETF protocol assignments"},
    {"2001:1::1/128", ""},
    {"2001:1::2/128", ""},
    {"2001:1::3/128", ""},
    {"2001:1::4/128", "IETF protocol assignments"},
    {"2001:2::/48", "benchmarking"},
    {"2001:3::/32", ""},
    {"2001:4:112::/48", ""},
    {"2001:4:113::/48", "IETF protocol assignments"},
    {"2001:10::/28", "deprecated, previously ORCHID"},
    {"2001:20::/28", ""},
    {"2001:30::/28", ""},
    {"2001:40::/26", "IETF protocol assignments"},
    {"2001:db8::/32", "documentation"},
    {"2002::/16", "6to4"},
    {"2620:4f:8000::/48", ""},
    {"3fff::/20", "documentation"},
    {"4000::/3", "not assigned"},
    {"5f00::/16", "segment routing"},
    {"fc00::/7", "unique local"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
};

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

void check_all(std::span<const Case> cases) {
  for (const Case& one : cases) {
    CAPTURE(one.network);
    const IpPrefix network = IpPrefix::parse(one.network).value();
    for (const IpAddress& inside : {network.first(), network.last()}) {
      CHECK(special_purpose_of(inside) == one.purpose);
      CHECK(is_public(inside) == (std::string_view(one.purpose).empty()));
    }
  }
}

}  // namespace

TEST_CASE("is_public: every row of IANA's registries, first and last address") {
  check_all(kIpv4);
  check_all(kIpv6);
}

TEST_CASE("is_public: addresses right next to special networks") {
  for (const char* text :
       {"1.0.0.0",       "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",     "126.255.255.255",
        "128.0.0.0",     "169.253.255.255", "169.255.0.0",     "172.15.255.255", "172.32.0.0",      "191.255.255.255",
        "192.0.1.0",     "192.0.3.0",       "192.167.255.255", "192.169.0.0",    "198.17.255.255",  "198.20.0.0",
        "198.51.99.255", "203.0.114.0",     "223.255.255.255", "2001:200::",     "2001:db7:ffff::", "2001:db9::",
        "2003::",        "3ffe::",          "3fff:1000::"}) {
    CAPTURE(text);
    CHECK(is_public(address(text)));
  }
}

TEST_CASE("is_public: an IPv4 address inside an IPv6 address is judged by itself") {
  CHECK(is_public(address("::ffff:8.8.8.8")));
  CHECK(is_public(address("64:ff9b::8.8.8.8")));
  CHECK(special_purpose_of(address("::ffff:127.0.0.1")) == "loopback");
  CHECK(special_purpose_of(address("::ffff:10.1.2.3")) == "private use");
  CHECK(special_purpose_of(address("64:ff9b::169.254.169.254")) == "link-local");
  CHECK(special_purpose_of(address("64:ff9b::10.0.0.1")) == "private use");
  CHECK(special_purpose_of(address("::127.0.0.1")) == "not assigned");         // IPv4-compatible, RFC 4291, 2.5.5.1
  CHECK(special_purpose_of(address("::ffff:0:127.0.0.1")) == "not assigned");  // IPv4-translated, RFC 2765
  CHECK(special_purpose_of(address("2002:7f00:1::1")) == "6to4");
  CHECK(special_purpose_of(address("2002:808:808::1")) == "6to4");
}
