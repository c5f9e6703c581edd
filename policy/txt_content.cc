#include "policy/txt_content.h"

namespace emailauth {

namespace {

constexpr std::size_t kMaxString = 255;

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet >= 0x7f) {
      out += '\\';
      out += static_cast<char>('0' + octet / 100);
      out += static_cast<char>('0' + octet / 10 % 10);
      out += static_cast<char>('0' + octet % 10);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// How much of a text that is too long goes into its first string.
std::size_t first_string(std::string_view text) {
  const std::size_t space = text.rfind(' ', kMaxString - 1);
  return space == std::string_view::npos || space < kMaxString / 2 ? kMaxString : space + 1;
}

}  // namespace

std::string to_txt_content(std::string_view text) {
  std::string out;
  while (text.size() > kMaxString) {
    const std::size_t length = first_string(text);
    append_quoted(out, text.substr(0, length));
    out += ' ';
    text.remove_prefix(length);
  }
  append_quoted(out, text);
  return out;
}

}  // namespace emailauth
