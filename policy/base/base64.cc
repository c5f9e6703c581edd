#include "policy/base/base64.h"

#include <cstdint>

namespace emailauth {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view octets) {
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : octets) {
    group = group << 8U | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += kAlphabet[group >> (bits - 6) & 63U];
  }
  if (bits > 0) out += kAlphabet[group << (6 - bits) & 63U];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t end = text.size();
  for (int padding = 0; padding < 2 && end > 0 && text[end - 1] == '='; ++padding) --end;
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text.substr(0, end)) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    group = group << 6U | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xffU);
    }
  }
  if ((group & ((1U << bits) - 1U)) != 0) return std::nullopt;  // bits that encode nothing
  return out;
}

}  // namespace emailauth
