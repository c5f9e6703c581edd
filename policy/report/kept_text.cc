#include "policy/report/kept_text.h"

#include <algorithm>
#include <functional>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"
#include "policy/net/domain_text.h"
#include "policy/net/ip_prefix.h"
#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

constexpr std::size_t kMostWord = 64;

bool is_made_of(std::string_view text, std::string_view others) {
  return !text.empty() && text.size() <= kMostWord && std::all_of(text.begin(), text.end(), [others](char c) {
    return is_alphanumeric(c) || others.find(c) != others.npos;
  });
}

// Returns the words that `is_kept`, with a space between them.
std::string kept_words(std::string_view text, std::string_view separators,
                       const std::function<bool(std::string_view word)>& is_kept) {
  std::string out;
  for (std::size_t at = 0; (at = text.find_first_not_of(separators, at)) != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (is_kept(word)) (out += out.empty() ? "" : " ") += word;
    at = end;
  }
  return out;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 3 && std::all_of(text.begin(), text.end(), is_digit);
}

// "550" (RFC 5321, 4.2), "5.1.1" (RFC 3463).
bool is_status_code(std::string_view text) {
  if (text.empty() || (text[0] != '2' && text[0] != '4' && text[0] != '5')) return false;
  if (text.size() == 3 && is_number(text)) return true;
  const std::size_t second = std::min(text.find('.', 2), text.size());
  return text.size() > 2 && text[1] == '.' && is_number(text.substr(2, second - 2)) && second < text.size() &&
         is_number(text.substr(second + 1));
}

bool is_product(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != text.npos && is_made_of(text.substr(0, slash), "-_.!+") &&
         is_made_of(text.substr(slash + 1), "-_.+") && is_digit(text[slash + 1]);
}

}  // namespace

std::string kept_word(std::string_view text) {
  text = trimmed(text);
  return is_made_of(text, "-_") ? std::string(text) : std::string();
}

std::string kept_host(std::string_view text) {
  text = trimmed(text);
  if (text.find_first_of(" \t\r\n") != text.npos) return {};  // prose
  const Result<Name> name = parse_domain_text(domain_text(text));
  return name && name->label_count() > 1 ? name->to_string() : std::string();
}

std::string kept_address_domain(std::string_view text) {
  const std::string host = text.find('@') == text.npos ? std::string() : kept_host(text);
  return host.empty() ? host : "@" + host;
}

std::string kept_ip(std::string_view text) {
  const Result<IpAddress> address = IpAddress::parse(trimmed(text));
  return address ? address->unmapped().to_string() : std::string();
}

std::string kept_selector(std::string_view text) {
  const Result<Name> name = parse_selector(trimmed(text));
  return name ? name->to_string() : std::string();
}

std::string kept_reason(std::string_view text) {
  const std::string codes = kept_words(text, " \t,;:()-", is_status_code);
  return codes.empty() ? kept_word(text) : codes;
}

std::string kept_products(std::string_view text) { return kept_words(text, " \t\r\n,;()", is_product); }

}  // namespace emailauth::report
