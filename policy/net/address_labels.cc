#include "policy/net/address_labels.h"

namespace emailauth {

namespace {

// Returns the value, or -1.
int decimal_octet(std::string_view label) {
  if (label.empty() || label.size() > 3 || (label.size() > 1 && label[0] == '0')) return -1;
  int value = 0;
  for (const char c : label) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value <= 255 ? value : -1;
}

// Returns the value, or -1.
int nibble(std::string_view label) {
  if (label.size() != 1) return -1;
  const char c = label[0];
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

bool is_decimal_octet(std::string_view label) { return decimal_octet(label) >= 0; }

bool is_nibble(std::string_view label) { return nibble(label) >= 0; }

std::optional<IpAddress> parse_v4_labels(const NameView& name, std::size_t at, bool reversed) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < kV4Labels; ++i) {
    const int octet = decimal_octet(name.label(at + (reversed ? kV4Labels - 1 - i : i)));
    if (octet < 0) return std::nullopt;
    number = number << 8 | static_cast<std::uint32_t>(octet);
  }
  return IpAddress::v4(number);
}

std::optional<IpAddress> parse_v6_labels(const NameView& name, std::size_t at, bool reversed) {
  std::array<std::uint8_t, 16> octets{};
  for (std::size_t i = 0; i < kV6Labels; ++i) {
    const int digit = nibble(name.label(at + (reversed ? kV6Labels - 1 - i : i)));
    if (digit < 0) return std::nullopt;
    octets[i / 2] = static_cast<std::uint8_t>(octets[i / 2] << 4 | digit);
  }
  return IpAddress::v6(octets);
}

}  // namespace emailauth
