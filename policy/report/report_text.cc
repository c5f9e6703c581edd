#include "policy/report/report_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "policy/base/diagnostic.h"
#include "policy/base/text.h"
#include "policy/base/utf8.h"
#include "policy/net/dns_name.h"
#include "policy/net/domain_text.h"

namespace emailauth::report {

namespace {

// Returns the length of what encodes "@" at the beginning of `text`; 0 for anything else.
std::size_t size_of_at_sign(std::string_view text) {
  if (text.starts_with('@')) return 1;
  return text.starts_with("%40") || text.starts_with("=40") ? 3 : 0;
}

// Returns where the local part at the end of `text` begins (RFC 5321, 4.1.2): a quoted string, or everything back to
// a space, a bracket or a similar separator.
std::size_t begin_of_local_part(std::string_view text) {
  if (!text.ends_with('"')) return text.find_last_of(" \t\r\n<>()[],;:\"\\") + 1;  // npos + 1 is 0
  std::size_t at = text.size() - 1;
  do {
    at = at == 0 ? text.npos : text.rfind('"', at - 1);
  } while (at != text.npos && at > 0 && text[at - 1] == '\\');
  return at == text.npos ? 0 : at;
}

// Returns true if the text needs no second look: it may be a name, and is nothing else.
bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (!is_alphanumeric(c) && c != '.' && c != '-' && c != '_') return false;
  }
  return true;
}

// Returns an address in lower case without brackets and its local part.
std::string without_local_part(std::string out) {
  if (out.starts_with('<') && out.ends_with('>')) out = out.substr(1, out.size() - 2);
  for (const std::string_view sign : {"@", "%40", "=40"}) {
    if (const std::size_t at = out.rfind(sign); at != out.npos) out.erase(0, at + sign.size());
  }
  return out;
}

// A text that is not a name with U-labels is kept unchanged.
std::string with_a_labels(std::string domain) {
  if (std::all_of(domain.begin(), domain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return domain;
  const Result<Name> name = parse_typed_domain(domain);
  return name ? name->to_string() : domain;
}

}  // namespace

std::string with_valid_utf8(std::string_view text) {
  const std::size_t first = find_invalid_utf8(text);
  if (first == std::string_view::npos) return std::string(text);
  std::string out(text.substr(0, first));
  for (std::size_t at = first; at < text.size();) {
    const std::size_t length = utf8_sequence_length(text, at);
    if (length == 0)
      out += "\xEF\xBF\xBD";
    else
      out.append(text, at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string field_text(std::string_view text) {
  std::string out = with_valid_utf8(trimmed(text).substr(0, 4 * kMaxField));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  if (out.size() <= kMaxField) return out;
  std::size_t end = kMaxField;  // never inside a character
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  out.resize(end);
  return out;
}

std::string domain_text(std::string_view text) {
  std::string out = ascii_lower(field_text(text));
  if (!is_plain(out)) {
    out = without_local_part(std::move(out));
    out.resize(std::min(out.find_first_of(" <>()\","), out.size()));
    out = with_a_labels(std::move(out));
  }
  if (out.ends_with('.')) out.pop_back();
  return out;
}

std::string mail_domain_text(std::string_view text) {
  std::string domain = with_a_labels(without_local_part(ascii_lower(field_text(text))));
  if (domain.ends_with('.')) domain.pop_back();
  const Result<Name> name = parse_mail_domain(domain);
  return name && !name->is_root() ? name->to_string() : std::string();
}

std::string without_addresses(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t sign = size_of_at_sign(text.substr(at));
    if (sign > 0)
      out.resize(begin_of_local_part(out));
    else
      out += text[at];
    at += std::max<std::size_t>(sign, 1);
  }
  return out;
}

std::string quoted_value(std::string_view text) { return in_quotes(without_addresses(text)); }

std::optional<std::uint64_t> whole_number(std::string_view text) {
  text = trimmed(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string percent_text(double value) {
  const auto tenths = static_cast<int>(std::floor(value * 10));
  const bool near_an_end = (tenths > 990 && tenths < 1000) || (tenths > 0 && tenths < 10);
  return std::to_string(tenths / 10) + (near_an_end ? "." + std::to_string(tenths % 10) : "") + " %";
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  return percent_text(whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

bool is_at_or_below(std::string_view text, std::string_view domain) {
  if (text == domain) return true;
  if (domain.empty() || text.size() <= domain.size()) return false;
  return text.ends_with(domain) && text[text.size() - domain.size() - 1] == '.';
}

}  // namespace emailauth::report
