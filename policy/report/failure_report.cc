#include "policy/report/failure_report.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"
#include "policy/report/kept_text.h"
#include "policy/report/report_text.h"
#include "policy/report/report_time.h"

namespace emailauth::report {

namespace {

using Field = std::pair<std::string, std::string>;  // name in lower case, value with its folds

// RFC 5322 fields; ends at the first empty line. Line ends are LF or CRLF.
std::vector<Field> fields_of(std::string_view text) {
  std::vector<Field> out;
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (!out.empty() && out.back().second.size() < kMaxFailureText) (out.back().second += '\n') += line;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos || out.size() == 1000) continue;
    out.emplace_back(ascii_lower(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1))));
  }
  return out;
}

// "dns; mail.example.com" -> "mail.example.com".
std::string_view behind_type(std::string_view text) {
  const std::size_t semicolon = text.find(';');
  return trimmed(semicolon == text.npos ? text : text.substr(semicolon + 1));
}

// "148.163.85.135 (host.example)", "[192.0.2.1]".
std::optional<IpAddress> address_of(std::string_view text) {
  text = text.substr(0, text.find_first_of(" \t("));
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const Result<IpAddress> address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return address->unmapped();
}

bool take_text(std::string_view name, const std::string& value, FailureReport& out) {
  struct Row {
    std::string_view name;
    std::string FailureReport::*member;
  };
  static constexpr Row kRows[] = {{"user-agent", &FailureReport::user_agent},
                                  {"original-envelope-id", &FailureReport::envelope_id},
                                  {"original-mail-from", &FailureReport::mail_from},
                                  {"original-rcpt-to", &FailureReport::rcpt_to},
                                  {"dkim-identity", &FailureReport::dkim_identity},
                                  {"dkim-canonicalized-body", &FailureReport::dkim_body},
                                  {"dkim-canonicalized-header", &FailureReport::dkim_headers},
                                  {"spf-dns", &FailureReport::spf_dns}};
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    out.*row.member = with_valid_utf8(value);
    return true;
  }
  return false;
}

bool take_word(std::string_view name, const std::string& value, FailureReport& out) {
  struct Row {
    std::string_view name;
    std::string FailureReport::*member;
  };
  static constexpr Row kRows[] = {
      {"feedback-type", &FailureReport::feedback_type},     {"auth-failure", &FailureReport::auth_failure},
      {"delivery-result", &FailureReport::delivery_result}, {"identity-alignment", &FailureReport::identity_alignment},
      {"dkim-domain", &FailureReport::dkim_domain},         {"dkim-selector", &FailureReport::dkim_selector}};
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    out.*row.member = ascii_lower(field_text(value));
    return true;
  }
  return false;
}

void take(const Field& field, FailureReport& out) {
  const auto& [name, value] = field;
  if (take_text(name, value, out) || take_word(name, value, out)) return;
  if (name == "version") out.version = whole_number(value).value_or(0);
  if (name == "incidents") out.incidents = whole_number(value).value_or(1);
  if (name == "arrival-date" || name == "received-date") out.arrival = parse_mail_date(value);
  if (name == "source-ip") out.source = address_of(value);
  if (name == "source-port") out.source_port = whole_number(value).value_or(0);
  if (name == "authentication-results") out.authentication_results.push_back(with_valid_utf8(value));
  if (name == "reported-domain") out.reported_domains.push_back(ascii_lower(field_text(value)));
  if (name == "reported-uri") out.reported_uris.push_back(with_valid_utf8(value));
  if (name == "reporting-mta") out.reporting_mta = field_text(behind_type(value));
}

// Returns the domains that a report names, the most telling one first.
std::vector<std::string> named_domains(const FailureReport& report) {
  std::vector<std::string> out = report.reported_domains;
  out.push_back(report.dkim_domain);
  if (report.mail_from.find('@') != std::string::npos) out.push_back(domain_text(report.mail_from));
  std::erase(out, "");
  return out;
}

// RFC 6591, 3.2.2.
std::string kept_result(const std::string& text) {
  constexpr std::array<std::string_view, 5> kResults = {"delivered", "spam", "policy", "reject", "other"};
  if (text.empty()) return text;
  return std::find(kResults.begin(), kResults.end(), text) == kResults.end() ? "other" : text;
}

// RFC 9991, 4: "dkim", "spf", both, or "none".
std::string kept_alignment(std::string_view text) {
  std::string out;
  for (const std::string_view word : {"dkim", "spf", "none"}) {
    if (text.find(word) != text.npos) (out += out.empty() ? "" : ", ") += word;
  }
  return out;
}

}  // namespace

std::string FailureReport::domain() const {
  for (const std::string& one : named_domains(*this)) {
    if (std::string domain = mail_domain_text(one); !domain.empty()) return domain;
  }
  return {};
}

Result<FailureReport> parse_feedback_report(std::string_view fields) {
  FailureReport out;
  for (const Field& field : fields_of(fields)) take(field, out);
  if (out.feedback_type.empty()) return Error{"the feedback report has no \"Feedback-Type\" (RFC 5965, 3.1)"};
  if (!out.domain().empty()) return out;
  const std::vector<std::string> named = named_domains(out);
  if (!named.empty()) {
    return Error{"the failure report names " + quoted_value(named.front()) +
                 ", which is not a mail domain; a report names the domain that it is about in \"Reported-Domain\""};
  }
  if (out.feedback_type == "auth-failure")
    return Error{"the failure report names no domain: it has neither \"Reported-Domain\" nor \"DKIM-Domain\""};
  return out;
}

void redact(FailureReport& report) {
  for (std::string* word : {&report.feedback_type, &report.auth_failure}) *word = kept_word(*word);
  report.delivery_result = kept_result(report.delivery_result);
  report.identity_alignment = kept_alignment(report.identity_alignment);
  report.user_agent = kept_products(report.user_agent);
  for (std::string& domain : report.reported_domains) domain = kept_host(domain);
  report.reporting_mta = kept_host(report.reporting_mta);
  report.mail_from = kept_address_domain(report.mail_from);
  report.dkim_domain = kept_host(report.dkim_domain);
  report.dkim_identity = kept_address_domain(report.dkim_identity);
  report.dkim_selector = kept_selector(report.dkim_selector);
  for (std::string* personal : {&report.rcpt_to, &report.envelope_id, &report.dkim_body, &report.dkim_headers,
                                &report.spf_dns, &report.headers, &report.message}) {
    personal->clear();
  }
  report.reported_uris.clear();
  report.authentication_results.clear();
}

}  // namespace emailauth::report
