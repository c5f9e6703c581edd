#include "policy/records/report_uri.h"

#include "policy/base/diagnostic.h"
#include "policy/net/domain_text.h"

namespace emailauth {

namespace {

constexpr std::string_view kMailto = "mailto:";
constexpr std::string_view kHttps = "https://";

bool starts_with_scheme(std::string_view uri, std::string_view scheme) {
  return uri.size() > scheme.size() && equals_ignoring_case(uri.substr(0, scheme.size()), scheme);
}

// Finds a character that ends the URI, or its tag, for some reader.
std::optional<char> forbidden_character(std::string_view uri) {
  for (const char c : uri) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet <= 0x20 || octet >= 0x7f || c == ',' || c == ';' || c == '!' || c == '"' || c == '\\') return c;
  }
  return std::nullopt;
}

std::string percent_encoded(char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto octet = static_cast<unsigned char>(c);
  return {'%', kHex[octet >> 4U], kHex[octet & 15U]};
}

}  // namespace

Result<std::string> check_report_uri(std::string_view uri, bool allow_https) {
  const std::string wanted = allow_https ? "\"mailto:…\" or \"https://…\"" : "\"mailto:…\"";
  if (const std::optional<char> bad = forbidden_character(uri)) {
    const std::size_t domain_at = uri.rfind('@') + 1;
    const bool in_domain = domain_at > 0 && uri.find(*bad) >= domain_at && static_cast<unsigned char>(*bad) >= 0x80;
    if (in_domain) return parse_mail_domain(uri.substr(domain_at)).error();  // names the A-labels to write
    if (*bad == '!')
      return Error{in_quotes(uri) +
                   " has a size limit or a \"!\"; RFC 9989 ignores sizes: remove it, or write \"%21\""};
    return Error{in_quotes(uri) + " holds " + in_quotes(std::string_view(&*bad, 1)) +
                 "; write one URI per entry, and " + in_quotes(percent_encoded(*bad)) + " for the character"};
  }
  if (allow_https && starts_with_scheme(uri, kHttps)) return std::string(uri);
  if (!starts_with_scheme(uri, kMailto)) {
    const bool bare = uri.find('@') != std::string_view::npos && uri.find(':') == std::string_view::npos;
    if (bare) return Error{in_quotes(uri) + " has no scheme; write " + in_quotes("mailto:" + std::string(uri))};
    return Error{in_quotes(uri) + " is not a report address; write " + wanted};
  }
  const std::size_t at = uri.rfind('@');
  if (at == std::string_view::npos || at == kMailto.size()) {
    return Error{in_quotes(uri) + " names no mailbox; write \"mailto:dmarc@example.com\""};
  }
  const Result<Name> domain = parse_mail_domain(uri.substr(at + 1, uri.find('?') - at - 1));
  if (!domain) return domain.error();
  return std::string(uri);
}

std::optional<Name> mailto_domain(std::string_view uri) {
  const std::size_t at = uri.rfind('@');
  if (!starts_with_scheme(uri, kMailto) || at == std::string_view::npos) return std::nullopt;
  Result<Name> domain = parse_mail_domain(uri.substr(at + 1, uri.find('?') - at - 1));
  if (!domain) return std::nullopt;
  return *domain;
}

}  // namespace emailauth
