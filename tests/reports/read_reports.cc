// Prints everything that is read from files, one JSON object per line: {"file", "kind",
// "report"} or {"file", "fault"}. Aggregate and failure reports in the words of the
// expected results of stalwartlabs/mail-auth, TLS reports in those of RFC 8460.
//
//   read_reports FILE…
#include <cstdio>
#include <nlohmann/json.hpp>

#include "policy/base/utc_time.h"
#include "policy/cli/ingest/report_reader.h"

using namespace emailauth;          // NOLINT: a test driver
using namespace emailauth::report;  // NOLINT

namespace {

using Json = nlohmann::ordered_json;

// "trusted_forwarder" -> "TrustedForwarder"; "" -> "Unspecified".
std::string camel(std::string_view word) {
  if (word.empty()) return "Unspecified";
  std::string out;
  bool upper = true;
  for (const char c : word) {
    if (c == '_' || c == '-') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    upper = false;
  }
  return out;
}

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

std::string word(Alignment alignment) {
  return alignment == Alignment::relaxed ? "Relaxed" : alignment == Alignment::strict ? "Strict" : "Unspecified";
}
std::string word(Verdict verdict) {
  return verdict == Verdict::pass ? "Pass" : verdict == Verdict::fail ? "Fail" : "Unspecified";
}
std::string word(Discovery method) {
  return method == Discovery::psl ? "Psl" : method == Discovery::treewalk ? "Treewalk" : "Unspecified";
}
std::string word(SpfScope scope) { return scope == SpfScope::mfrom ? "MailFrom" : camel(to_text(scope)); }

Json json_of(const std::vector<Extension>& extensions) {
  Json out = Json::array();
  for (const Extension& one : extensions) out.push_back({{"name", one.name}, {"definition", one.definition}});
  return out;
}

Json json_of(const AggregateRecord& record) {
  Json reasons = Json::array();
  for (const OverrideReason& one : record.reasons)
    reasons.push_back({{"type_", camel(to_text(one.type))}, {"comment", or_null(one.comment)}});
  Json dkim = Json::array();
  for (const DkimResult& one : record.dkim_results) {
    dkim.push_back({{"domain", one.domain},
                    {"selector", one.selector},
                    {"result", camel(to_text(one.result))},
                    {"human_result", or_null(one.human_result)}});
  }
  Json spf = Json::array();
  for (const SpfResult& one : record.spf_results) {
    spf.push_back({{"domain", one.domain},
                   {"scope", word(one.scope)},
                   {"result", camel(to_text(one.result))},
                   {"human_result", or_null(one.human_result)}});
  }
  const Json evaluated{{"disposition", camel(to_text(record.disposition))},
                       {"dkim", word(record.dkim)},
                       {"spf", word(record.spf)},
                       {"reason", reasons}};
  return {{"row", {{"source_ip", record.source.to_string()}, {"count", record.count}, {"policy_evaluated", evaluated}}},
          {"identifiers",
           {{"envelope_to", or_null(record.envelope_to)},
            {"envelope_from", record.envelope_from},
            {"header_from", record.header_from}}},
          {"auth_results", {{"dkim", dkim}, {"spf", spf}}},
          {"extensions", json_of(record.extensions)}};
}

Json json_of(const AggregateReport& report) {
  const PublishedPolicy& policy = report.policy;
  Json records = Json::array();
  for (const AggregateRecord& record : report.records) records.push_back(json_of(record));
  return {{"version", report.version.empty() ? 0.0 : std::stod(report.version)},
          {"report_metadata",
           {{"org_name", report.organisation},
            {"email", report.email},
            {"extra_contact_info", or_null(report.contact)},
            {"report_id", report.id},
            {"date_range", {{"begin", report.begin}, {"end", report.end}}},
            {"error", report.errors},
            {"generator", or_null(report.generator)}}},
          {"policy_published",
           {{"domain", policy.domain},
            {"version_published", or_null(policy.version)},
            {"adkim", word(policy.adkim)},
            {"aspf", word(policy.aspf)},
            {"p", camel(to_text(policy.p))},
            {"sp", camel(to_text(policy.sp))},
            {"np", camel(to_text(policy.np))},
            {"testing", policy.testing},
            {"discovery_method", word(policy.discovery)},
            {"fo", or_null(policy.fo)}}},
          {"record", records},
          {"extensions", json_of(report.extensions)}};
}

Json json_of(const TlsFailure& one) {
  Json out{{"result-type", one.result_type}, {"failed-session-count", one.count}};
  const auto add = [&out](const char* name, const std::string& text) {
    if (!text.empty()) out[name] = text;
  };
  add("sending-mta-ip", one.sending_address);
  add("receiving-mx-hostname", one.receiving_host);
  add("receiving-mx-helo", one.receiving_helo);
  add("receiving-ip", one.receiving_address);
  add("additional-information", one.information);
  add("failure-reason-code", one.reason_code);
  return out;
}

Json json_of(const TlsReport& report) {
  Json policies = Json::array();
  for (const TlsPolicy& one : report.policies) {
    Json details = Json::array();
    for (const TlsFailure& detail : one.details) details.push_back(json_of(detail));
    policies.push_back(
        {{"policy",
          {{"policy-type", one.type},
           {"policy-string", one.text},
           {"policy-domain", one.domain},
           {"mx-host", one.mx_hosts}}},
         {"summary",
          {{"total-successful-session-count", one.successes}, {"total-failure-session-count", one.failures}}},
         {"failure-details", details}});
  }
  return {{"organization-name", report.organisation},
          {"date-range", {{"start-datetime", to_rfc3339(report.begin)}, {"end-datetime", to_rfc3339(report.end)}}},
          {"contact-info", or_null(report.contact)},
          {"report-id", report.id},
          {"policies", policies}};
}

Json json_of(const FailureReport& report) {
  return {{"feedback_type", camel(report.feedback_type)},
          {"arrival_date", report.arrival ? Json(*report.arrival) : Json()},
          {"authentication_results", report.authentication_results},
          {"incidents", report.incidents},
          {"original_envelope_id", or_null(report.envelope_id)},
          {"original_mail_from", or_null(report.mail_from)},
          {"original_rcpt_to", or_null(report.rcpt_to)},
          {"reported_domain", report.reported_domains},
          {"reported_uri", report.reported_uris},
          {"reporting_mta", or_null(report.reporting_mta)},
          {"source_ip", report.source ? Json(report.source->to_string()) : Json()},
          {"user_agent", or_null(report.user_agent)},
          {"version", report.version},
          {"source_port", report.source_port},
          {"auth_failure", camel(report.auth_failure)},
          {"delivery_result", camel(report.delivery_result)},
          {"dkim_canonicalized_body", or_null(report.dkim_body)},
          {"dkim_canonicalized_header", or_null(report.dkim_headers)},
          {"dkim_domain", or_null(report.dkim_domain)},
          {"dkim_identity", or_null(report.dkim_identity)},
          {"dkim_selector", or_null(report.dkim_selector)},
          {"spf_dns", or_null(report.spf_dns)},
          {"identity_alignment", camel(report.identity_alignment)},
          {"headers", or_null(report.headers)}};
}

void print(const Json& line) { std::puts(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str()); }

}  // namespace

int main(int argc, char** argv) {
  cli::start_mail_reader();
  const cli::UnpackLimits limits;
  for (int i = 1; i < argc; ++i) {
    const std::string file = argv[i];
    const cli::ReportSink sink{[&](report::AnyReport report) {
                                 if (const auto* aggregate = std::get_if<AggregateReport>(&report))
                                   print({{"file", file}, {"kind", "aggregate"}, {"report", json_of(*aggregate)}});
                                 else if (const auto* tls = std::get_if<TlsReport>(&report))
                                   print({{"file", file}, {"kind", "tls"}, {"report", json_of(*tls)}});
                                 else
                                   print({{"file", file},
                                          {"kind", "failure"},
                                          {"report", json_of(std::get<report::ReceivedFailure>(report).report)}});
                               },
                               [&](const cli::Fault& fault) {
                                 print({{"file", file}, {"place", fault.place}, {"fault", fault.reason}});
                               }};
    for (const cli::FoundFile& found : cli::files_below({file}, sink.fault)) {
      if (const auto opened = found.open(); opened) cli::ReportReader(limits, sink).read_file(file, *opened);
    }
  }
}
