#include "policy/net/ip_prefix.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "policy/base/diagnostic.h"

namespace emailauth {

namespace {

// Parses four decimal numbers and nothing else: inet_pton of glibc accepts exactly this.
bool parse_v4(const char* text, std::array<std::uint8_t, 16>& octets) {
  in_addr address{};
  if (inet_pton(AF_INET, text, &address) != 1) return false;
  std::memcpy(octets.data(), &address, 4);
  return true;
}

bool parse_v6(const char* text, std::array<std::uint8_t, 16>& octets) {
  in6_addr address{};
  if (inet_pton(AF_INET6, text, &address) != 1) return false;
  std::memcpy(octets.data(), &address, 16);
  return true;
}

// Sets every bit from `length` on to `value`.
void fill_host_bits(std::array<std::uint8_t, 16>& octets, int length, int bits, bool value) {
  for (int bit = length; bit < bits; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    auto& octet = octets[static_cast<std::size_t>(bit / 8)];
    octet = static_cast<std::uint8_t>(value ? octet | mask : octet & ~mask);
  }
}

// Returns the first of the longest runs of two zero groups or more (RFC 5952, 4.2); both 8: none.
std::pair<std::size_t, std::size_t> longest_zeros(const std::array<unsigned, 8>& groups) {
  std::pair<std::size_t, std::size_t> best{8, 8};
  for (std::size_t begin = 0; begin < 8; ++begin) {
    std::size_t end = begin;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - begin >= 2 && (best.first == 8 || end - begin > best.second - best.first)) best = {begin, end};
    begin = std::max(begin, end);
  }
  return best;
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t number) {
  IpAddress out;
  for (std::size_t i = 0; i < 4; ++i) out.octets_[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return out;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& octets) {
  IpAddress out;
  out.family_ = IpFamily::v6;
  out.octets_ = octets;
  return out;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy(text);
  IpAddress out;
  const bool has_nul = copy.find('\0') != std::string::npos;
  if (!has_nul && parse_v4(copy.c_str(), out.octets_)) return out;
  out.family_ = IpFamily::v6;
  if (!has_nul && parse_v6(copy.c_str(), out.octets_)) return out;
  return Error{in_quotes(text) + " is not an IP address; write \"192.0.2.1\" or \"2001:db8::1\""};
}

// Written for each answer: inet_ntop() would cost half of the whole answer. It also writes the last 32 bits of some
// addresses in decimal.
std::string IpAddress::to_string() const {
  std::array<char, 40> text{};
  char* at = text.data();
  char* const end = text.data() + text.size();
  if (is_v4()) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) *at++ = '.';
      at = std::to_chars(at, end, octets_[i]).ptr;
    }
    return {text.data(), at};
  }
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(octets_[2 * i] << 8 | octets_[2 * i + 1]);
  const auto [zeros_begin, zeros_end] = longest_zeros(groups);
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == zeros_begin) {
      *at++ = ':';
      *at++ = ':';
      i = zeros_end;
      if (i == 8) break;
    } else if (i > 0) {
      *at++ = ':';
    }
    at = std::to_chars(at, end, groups[i], 16).ptr;
  }
  return {text.data(), at};
}

std::uint32_t IpAddress::v4_number() const {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | octets_[i];
  return number;
}

bool IpAddress::is_v4_mapped() const {
  if (is_v4()) return false;
  for (std::size_t i = 0; i < 10; ++i) {
    if (octets_[i] != 0) return false;
  }
  return octets_[10] == 0xff && octets_[11] == 0xff;
}

IpAddress IpAddress::unmapped() const {
  if (!is_v4_mapped()) return *this;
  IpAddress out;
  std::memcpy(out.octets_.data(), octets_.data() + 12, 4);
  return out;
}

IpAddress IpAddress::mapped() const {
  if (!is_v4()) return *this;
  std::array<std::uint8_t, 16> octets{};
  octets[10] = octets[11] = 0xff;
  std::memcpy(octets.data() + 12, octets_.data(), 4);
  return v6(octets);
}

IpAddress IpAddress::next() const {
  IpAddress out = *this;
  for (int i = address_bits(family_) / 8 - 1; i >= 0; --i) {
    if (++out.octets_[static_cast<std::size_t>(i)] != 0) break;
  }
  return out;
}

IpAddress IpAddress::previous() const {
  IpAddress out = *this;
  for (int i = address_bits(family_) / 8 - 1; i >= 0; --i) {
    if (out.octets_[static_cast<std::size_t>(i)]-- != 0) break;
  }
  return out;
}

IpPrefix IpPrefix::containing(const IpAddress& address, int length) {
  std::array<std::uint8_t, 16> octets = address.octets();
  fill_host_bits(octets, length, address_bits(address.family()), false);
  if (!address.is_v4()) return {IpAddress::v6(octets), length};
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | octets[i];
  return {IpAddress::v4(number), length};
}

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const Result<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return Error{in_quotes(text) + " is not a network; write \"192.0.2.0/24\", \"2001:db8::/32\" or one address"};
  }
  const int bits = address_bits(address->family());
  if (slash == std::string_view::npos) return IpPrefix(*address, bits);

  const std::string_view digits = text.substr(slash + 1);
  int length = -1;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool whole = failure == std::errc() && end == digits.data() + digits.size();
  const bool plain = whole && (digits == "0" || digits[0] != '0') && digits[0] != '-';
  if (!plain || length > bits) {
    return Error{"prefix length " + in_quotes(digits) + " is not in 0.." + std::to_string(bits)};
  }
  const IpPrefix network = containing(*address, length);
  if (network.first_ != *address) {
    return Error{in_quotes(text) + " has host bits set; did you mean " + in_quotes(network.to_string()) + "?"};
  }
  return network;
}

std::string IpPrefix::to_string() const { return first_.to_string() + "/" + std::to_string(length_); }

std::string IpPrefix::to_spf_term() const {
  const bool host = length_ == address_bits(family());
  return (family() == IpFamily::v4 ? "ip4:" : "ip6:") + (host ? first_.to_string() : to_string());
}

IpAddress IpPrefix::last() const {
  std::array<std::uint8_t, 16> octets = first_.octets();
  fill_host_bits(octets, length_, address_bits(family()), true);
  if (family() == IpFamily::v6) return IpAddress::v6(octets);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | octets[i];
  return IpAddress::v4(number);
}

bool IpPrefix::contains(const IpAddress& address) const {
  return address.family() == family() && containing(address, length_) == *this;
}

}  // namespace emailauth
