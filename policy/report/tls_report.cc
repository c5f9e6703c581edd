#include "policy/report/tls_report.h"

#include <nlohmann/json.hpp>

#include "policy/json/json_value.h"
#include "policy/report/kept_text.h"
#include "policy/report/report_text.h"
#include "policy/report/report_time.h"

namespace emailauth::report {

namespace {

using Json = nlohmann::json;

const Json& member(const Json& object, const char* name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::string text_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? field_text(value.get_ref<const std::string&>()) : std::string();
}

// Some write one string where the standard has a list.
std::vector<std::string> texts_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  std::vector<std::string> out;
  if (value.is_string()) out.push_back(field_text(value.get_ref<const std::string&>()));
  if (!value.is_array()) return out;
  for (const Json& item : value) {
    if (item.is_string() && out.size() < 1000) out.push_back(field_text(item.get_ref<const std::string&>()));
  }
  return out;
}

// A missing count is 0; a count that is not a number is an error.
Result<std::uint64_t> count_of(const Json& object, const char* name, const std::string& place) {
  const Json& value = member(object, name);
  if (value.is_null()) return std::uint64_t{0};
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= 0xFFFFFFFFU) return value.get<std::uint64_t>();
  if (value.is_string()) {
    if (const auto number = whole_number(value.get_ref<const std::string&>()); number && *number <= 0xFFFFFFFFU)
      return *number;
  }
  return Error{place + "/" + name + ": " + quoted_value(value.dump(-1, ' ', false, Json::error_handler_t::replace)) +
               " is not a number of sessions (0 to 4294967295)"};
}

Result<std::int64_t> time_of(const Json& range, const char* name) {
  const std::string text = text_of(range, name);
  const auto time = parse_timestamp(text);
  if (!time) {
    return Error{"date-range/" + std::string(name) + ": " + quoted_value(text) +
                 " is not a time; a report has one like \"2026-04-01T00:00:00Z\" there"};
  }
  return *time;
}

Result<TlsFailure> read_failure(const Json& detail, const std::string& place) {
  TlsFailure out;
  out.result_type = text_of(detail, "result-type");
  out.sending_address = text_of(detail, "sending-mta-ip");
  out.receiving_host = domain_text(text_of(detail, "receiving-mx-hostname"));
  out.receiving_helo = text_of(detail, "receiving-mx-helo");
  out.receiving_address = text_of(detail, "receiving-ip");
  out.information = text_of(detail, "additional-information");
  out.reason_code = text_of(detail, "failure-reason-code");
  const Result<std::uint64_t> count = count_of(detail, "failed-session-count", place);
  if (!count) return count.error();
  out.count = *count;
  return out;
}

Result<TlsPolicy> read_policy(const Json& entry, const std::string& place) {
  TlsPolicy out;
  const Json& policy = member(entry, "policy");
  out.type = text_of(policy, "policy-type");
  out.text = texts_of(policy, "policy-string");
  out.domain = mail_domain_text(text_of(policy, "policy-domain"));
  out.mx_hosts = texts_of(policy, "mx-host");
  const Json& summary = member(entry, "summary");
  // RFC 8460 has "successful" in its grammar; some write "success".
  const char* success = summary.is_object() && summary.contains("total-success-session-count")
                            ? "total-success-session-count"
                            : "total-successful-session-count";
  const auto successes = count_of(summary, success, place + "/summary");
  if (!successes) return successes.error();
  const auto failures = count_of(summary, "total-failure-session-count", place + "/summary");
  if (!failures) return failures.error();
  out.successes = *successes;
  out.failures = *failures;
  const Json& details = member(entry, "failure-details");
  if (!details.is_array()) return out;
  for (const Json& detail : details) {
    if (out.details.size() == kMaxTlsRows) return Error{place + "/failure-details: has too many entries"};
    auto failure = read_failure(detail, place + "/failure-details/" + std::to_string(out.details.size()));
    if (!failure) return failure.error();
    out.details.push_back(std::move(*failure));
  }
  return out;
}

// Returns the error of a report about domains none of which mail can come from.
std::optional<Error> fault_of_domains(const Json& policies) {
  std::size_t at = 0;
  for (const Json& entry : policies) {
    const std::string domain = text_of(member(entry, "policy"), "policy-domain");
    if (!domain.empty()) {
      return Error{"policies/" + std::to_string(at) + "/policy/policy-domain: " + quoted_value(domain) +
                   " is not a mail domain; here a report names the domain that it is about"};
    }
    ++at;
  }
  return std::nullopt;
}

// The only limit of nlohmann on nesting is the stack: refuse early.
bool nests_too_deep(std::string_view json) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kJsonMaxDepth) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string TlsReport::domain() const {
  for (const TlsPolicy& policy : policies) {
    if (!policy.domain.empty()) return policy.domain;
  }
  return {};
}

Result<TlsReport> parse_tls_report(std::string_view json) {
  if (nests_too_deep(json)) return Error{"nests deeper than " + std::to_string(kJsonMaxDepth) + " levels"};
  const Json root = Json::parse(with_valid_utf8(json), nullptr, false);
  if (root.is_discarded()) return Error{"is not well-formed JSON; is it whole?"};
  const Json& policies = member(root, "policies");
  if (!root.is_object() || !policies.is_array() || !member(root, "date-range").is_object()) {
    return Error{"is JSON, but not a TLS report: it lacks \"date-range\" or \"policies\""};
  }
  TlsReport out;
  out.organisation = text_of(root, "organization-name");
  out.contact = text_of(root, "contact-info");
  if (out.organisation.empty()) out.organisation = out.contact.substr(out.contact.rfind('@') + 1);
  if (out.organisation.empty()) return Error{"organization-name: \"\" does not say who reports"};
  out.id = text_of(root, "report-id");
  const Result<std::int64_t> begin = time_of(member(root, "date-range"), "start-datetime");
  if (!begin) return begin.error();
  const Result<std::int64_t> end = time_of(member(root, "date-range"), "end-datetime");
  if (!end) return end.error();
  out.begin = *begin;
  out.end = *end;
  for (const Json& entry : policies) {
    if (out.policies.size() == kMaxTlsRows) return Error{"policies: has too many entries"};
    auto policy = read_policy(entry, "policies/" + std::to_string(out.policies.size()));
    if (!policy) return policy.error();
    out.policies.push_back(std::move(*policy));
  }
  if (out.domain().empty()) {
    if (const auto fault = fault_of_domains(policies)) return *fault;
  }
  return out;
}

void redact(TlsReport& report) {
  report.contact.clear();
  for (TlsPolicy& policy : report.policies) {
    policy.type = kept_word(policy.type);
    policy.text.clear();
    for (std::string& host : policy.mx_hosts) host = kept_host(host);
    for (TlsFailure& failure : policy.details) {
      failure.result_type = kept_word(failure.result_type);
      failure.sending_address = kept_ip(failure.sending_address);
      failure.receiving_host = kept_host(failure.receiving_host);
      failure.receiving_helo = kept_host(failure.receiving_helo);
      failure.receiving_address = kept_ip(failure.receiving_address);
      failure.reason_code = kept_reason(failure.reason_code);
      failure.information.clear();
    }
  }
}

}  // namespace emailauth::report
