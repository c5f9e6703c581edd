#include "policy/base/inert_text.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "policy/base/utf8.h"

namespace emailauth {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Ascending. Joiners (U+200C, U+200D) are letters of many scripts and are kept.
constexpr Range kHidden[] = {
    {0x0000, 0x001f},    // C0
    {0x007f, 0x009f},    // DEL, C1
    {0x00ad, 0x00ad},    // soft hyphen
    {0x061c, 0x061c},    // Arabic letter mark
    {0x180e, 0x180e},    // Mongolian vowel separator
    {0x200b, 0x200b},    // zero-width space
    {0x200e, 0x200f},    // left-to-right and right-to-left mark
    {0x2028, 0x202e},    // line and paragraph separator, embeddings and overrides
    {0x2060, 0x206f},    // invisible operators, isolates, deprecated controls
    {0xfeff, 0xfeff},    // byte order mark
    {0xfff9, 0xfffb},    // interlinear annotation
    {0xe0000, 0xe007f},  // tags
};

constexpr std::string_view kHex = "0123456789abcdef";

bool is_hidden(char32_t character) {
  return std::any_of(std::begin(kHidden), std::end(kHidden),
                     [=](const Range& range) { return character >= range.first && character <= range.last; });
}

// Returns the number of a well-formed sequence.
char32_t code_point(std::string_view sequence) {
  constexpr std::array<unsigned, 5> kFirstBits = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t out = static_cast<unsigned char>(sequence[0]) & kFirstBits.at(sequence.size());
  for (const char c : sequence.substr(1)) out = out << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  return out;
}

struct Piece {
  std::string_view octets;  // one character, or one octet that is not UTF-8
  bool is_utf8 = true;
  bool hidden = false;
};

Piece piece_at(std::string_view text, std::size_t at) {
  const std::size_t length = utf8_sequence_length(text, at);
  if (length == 0) return {text.substr(at, 1), false, true};
  const std::string_view octets = text.substr(at, length);
  return {octets, true, is_hidden(code_point(octets))};
}

void append_decimal(std::string& out, char c) {
  const auto octet = static_cast<unsigned char>(c);
  out += '\\';
  out += static_cast<char>('0' + octet / 100);
  out += static_cast<char>('0' + octet / 10 % 10);
  out += static_cast<char>('0' + octet % 10);
}

void append_json_unit(std::string& out, char32_t unit) {
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kHex[unit >> shift & 15U];
}

void append_json(std::string& out, char32_t character) {
  if (character < 0x10000) return append_json_unit(out, character);
  append_json_unit(out, 0xd800 + ((character - 0x10000) >> 10U));
  append_json_unit(out, 0xdc00 + ((character - 0x10000) & 0x3ffU));
}

bool is_layout(std::string_view octets) { return octets == "\n" || octets == "\t"; }

std::string escaped(std::string_view text, bool keeps_layout) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Piece piece = piece_at(text, at);
    at += piece.octets.size();
    const bool line_end = piece.octets == "\r" && text.substr(at, 1) == "\n";
    if (!piece.hidden || (keeps_layout && (is_layout(piece.octets) || line_end))) {
      out += piece.octets;
      continue;
    }
    for (const char c : piece.octets) append_decimal(out, c);
  }
  return out;
}

}  // namespace

bool is_inert(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Piece piece = piece_at(text, at);
    if (piece.hidden) return false;
    at += piece.octets.size();
  }
  return true;
}

std::string inert(std::string_view text) { return escaped(text, false); }

std::string inert_lines(std::string_view text) { return escaped(text, true); }

std::string inert_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const Piece piece = piece_at(json, at);
    at += piece.octets.size();
    if (piece.hidden && piece.is_utf8 && !is_layout(piece.octets))
      append_json(out, code_point(piece.octets));
    else
      out += piece.octets;
  }
  return out;
}

}  // namespace emailauth
