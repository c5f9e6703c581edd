#include "policy/report/report_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "policy/dns_name.h"
#include "policy/text.h"
#include "policy/utf8.h"

namespace emailauth::report {

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
  std::size_t end = kMaxField;  // not inside a character
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  out.resize(end);
  return out;
}

std::string domain_text(std::string_view text) {
  std::string out = ascii_lower(field_text(text));
  if (out.starts_with('<') && out.ends_with('>')) out = out.substr(1, out.size() - 2);
  out.erase(0, out.rfind('@') + 1);  // npos + 1 is 0
  if (out.ends_with('.')) out.pop_back();
  return out;
}

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
