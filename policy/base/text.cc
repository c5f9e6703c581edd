#include "policy/base/text.h"

#include "policy/base/inert_text.h"

namespace emailauth {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

std::string json_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[octet >> 4U], kHex[octet & 15U]};
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return inert_json(out + "\"");
}

}  // namespace emailauth
