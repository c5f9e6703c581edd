#include "policy/base/utf8.h"

namespace emailauth {

namespace {

unsigned octet_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

// The second octet decides about overlong forms, surrogates and the upper end.
bool second_octet_fits(unsigned first, unsigned second) {
  switch (first) {
    case 0xe0: return second >= 0xa0 && second <= 0xbf;
    case 0xed: return second >= 0x80 && second <= 0x9f;
    case 0xf0: return second >= 0x90 && second <= 0xbf;
    case 0xf4: return second >= 0x80 && second <= 0x8f;
    default: return second >= 0x80 && second <= 0xbf;
  }
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text, std::size_t at) {
  const unsigned first = octet_at(text, at);
  if (at >= text.size()) return 0;
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || !second_octet_fits(first, octet_at(text, at + 1))) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    const unsigned octet = octet_at(text, at + i);
    if (octet < 0x80 || octet > 0xbf) return 0;
  }
  return length;
}

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace emailauth
