#include "policy/records/txt_content.h"

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

// Returns how much of a text that is too long goes into its first string.
std::size_t first_string(std::string_view text) {
  const std::size_t space = text.rfind(' ', kMaxString - 1);
  return space == std::string_view::npos || space < kMaxString / 2 ? kMaxString : space + 1;
}

}  // namespace

std::string to_txt_rdata(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1 + text.size() / (kMaxString / 2));
  do {
    const std::size_t length = text.size() > kMaxString ? first_string(text) : text.size();
    out += static_cast<char>(length);
    out += text.substr(0, length);
    text.remove_prefix(length);
  } while (!text.empty());
  return out;
}

std::string to_txt_content(std::string_view text) { return txt_content_of_rdata(to_txt_rdata(text)); }

std::string txt_content_of_rdata(std::string_view rdata) {
  std::string out;
  while (!rdata.empty()) {
    if (!out.empty()) out += ' ';
    const std::size_t length = static_cast<unsigned char>(rdata.front());
    append_quoted(out, rdata.substr(1, length));
    rdata.remove_prefix(1 + length);
  }
  return out;
}

}  // namespace emailauth
