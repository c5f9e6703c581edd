#include "policy/spf/macro_string.h"

#include <algorithm>

#include "policy/spf/macro_parser.h"

namespace emailauth::spf {

namespace {

constexpr std::size_t kMaxDomainText = 253;
constexpr std::size_t kMaxLabelText = 63;

// In upper case: DNS ignores case, and the RFC 7208 suite demands it in explanations.
std::string dotted_nibbles(const IpAddress& address) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const std::uint8_t octet : address.octets()) {
    out += {kHex[octet >> 4U], '.', kHex[octet & 15U], '.'};
  }
  out.pop_back();
  return out;
}

// Returns the value of a letter before its transformers.
std::string raw_value(char letter, const MacroValues& values) {
  const IpAddress client = values.client.unmapped();
  switch (letter) {
    case 's': return values.local_part + "@" + values.sender_domain;
    case 'l': return values.local_part;
    case 'o': return values.sender_domain;
    case 'd': return values.domain;
    case 'i': return client.is_v4() ? client.to_string() : dotted_nibbles(client);
    case 'p': return values.validated;
    case 'h': return values.helo;
    case 'c': return client.to_string();
    case 'r': return values.receiver;
    case 't': return std::to_string(values.now);
    default: return client.is_v4() ? "in-addr" : "ip6";  // 'v', the only one left
  }
}

std::vector<std::string> split(std::string_view text, std::string_view delimiters) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find_first_of(delimiters);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Returns the text with everything but the unreserved characters of RFC 3986 as "%41".
std::string url_escaped(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[octet >> 4U], kHex[octet & 15U]};
    }
  }
  return out;
}

// Returns the text with every label cut to 63 octets.
std::string with_short_labels(std::string_view text) {
  std::string out;
  std::size_t label = 0;
  for (const char c : text) {
    label = c == '.' ? 0 : label + 1;
    if (label <= kMaxLabelText) out += c;
  }
  return out;
}

// Writes literal text so that it parses back to itself in every use.
std::string escaped_literal(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 3) == "%20") {
      out += "%-";
      at += 2;
    } else if (text[at] == '%') {
      out += "%%";
    } else if (text[at] == ' ') {
      out += "%_";
    } else {
      out += text[at];
    }
  }
  return out;
}

}  // namespace

std::string expand(const Macro& macro, const MacroValues& values) {
  std::string value = raw_value(macro.letter, values);
  if (macro.digits != 0 || macro.reverse || !macro.delimiters.empty()) {
    std::vector<std::string> parts = split(value, macro.delimiters.empty() ? "." : macro.delimiters);
    if (macro.reverse) std::reverse(parts.begin(), parts.end());
    const std::size_t skip = macro.digits == 0 || macro.digits >= parts.size() ? 0 : parts.size() - macro.digits;
    value.clear();
    for (std::size_t i = skip; i < parts.size(); ++i) value += (i == skip ? "" : ".") + parts[i];
  }
  return macro.escape ? url_escaped(value) : value;
}

std::string to_string(const Macro& macro) {
  const char letter = macro.escape ? static_cast<char>(macro.letter - 'a' + 'A') : macro.letter;
  std::string out = {'%', '{', letter};
  if (macro.digits != 0) out += std::to_string(macro.digits);
  if (macro.reverse) out += 'r';
  return out + macro.delimiters + "}";
}

Result<MacroString> MacroString::parse(std::string_view text, MacroUse use, std::size_t* error_offset) {
  MacroParser parser(text, use);
  if (!parser.run()) {
    if (error_offset != nullptr) *error_offset = parser.offset();
    return Error{parser.error()};
  }
  MacroString out;
  out.parts_ = parser.take_parts();
  return out;
}

std::string MacroString::to_string() const {
  std::string out;
  for (const Part& part : parts_) {
    const auto* macro = std::get_if<Macro>(&part);
    out += macro != nullptr ? spf::to_string(*macro) : escaped_literal(std::get<std::string>(part));
  }
  return out;
}

bool MacroString::uses(char letter) const {
  return std::any_of(parts_.begin(), parts_.end(), [letter](const Part& part) {
    const auto* macro = std::get_if<Macro>(&part);
    return macro != nullptr && macro->letter == letter;
  });
}

bool MacroString::has_macros() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return std::holds_alternative<Macro>(part); });
}

std::string MacroString::expand(const MacroValues& values) const {
  std::string out;
  for (const Part& part : parts_) {
    const auto* macro = std::get_if<Macro>(&part);
    out += macro != nullptr ? spf::expand(*macro, values) : std::get<std::string>(part);
  }
  return out;
}

std::string MacroString::expand_domain(const MacroValues& values, NameCut cut) const {
  std::string out = expand(values);
  if (!out.empty() && out.back() == '.') out.pop_back();
  if (cut == NameCut::short_labels) out = with_short_labels(out);
  if (cut == NameCut::valid_labels && with_short_labels(out) != out) return out;
  if (out.size() <= kMaxDomainText) return out;
  const std::size_t dot = out.find('.', out.size() - kMaxDomainText - 1);
  return dot == std::string::npos ? out : out.substr(dot + 1);  // without a dot it is not a name anyway
}

}  // namespace emailauth::spf
