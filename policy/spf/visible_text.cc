#include "policy/spf/visible_text.h"

namespace emailauth::spf {

std::string visible_text(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text.substr(0, limit)) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7f) {
      out += c;
    } else {
      out += {'\\', static_cast<char>('0' + octet / 100), static_cast<char>('0' + octet / 10 % 10),
              static_cast<char>('0' + octet % 10)};
    }
  }
  return text.size() > limit ? out + "..." : out;
}

std::string quoted_text(std::string_view text, std::size_t limit) { return "\"" + visible_text(text, limit) + "\""; }

}  // namespace emailauth::spf
