// policy/report/failure_report.h - Failure reports: ARF (RFC 5965), of authentication
// (RFC 6591) and of DMARC (RFC 9991).
//
// Owns the fields of message/feedback-report, and which parts of them are personal. The caller takes the report apart
// and passes the reported mail. Knows nothing about files or MIME.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/net/ip_prefix.h"

namespace emailauth::report {

struct FailureReport {
  std::string feedback_type;  // lower case: "abuse", "auth-failure"
  std::string auth_failure;   // lower case: "dmarc", "bodyhash", "spf"; "" for others
  std::string delivery_result;
  std::string identity_alignment;  // RFC 9991: "spf", "dkim", "none"
  std::string user_agent;
  std::uint64_t version = 0;
  std::uint64_t incidents = 1;
  std::optional<std::int64_t> arrival;  // seconds since 1970
  std::optional<IpAddress> source;
  std::uint64_t source_port = 0;
  std::vector<std::string> authentication_results;
  std::vector<std::string> reported_domains;  // lower case
  std::vector<std::string> reported_uris;
  std::string reporting_mta;
  std::string envelope_id;
  std::string mail_from;  // as written
  std::string rcpt_to;
  std::string dkim_domain;
  std::string dkim_identity;
  std::string dkim_selector;
  std::string dkim_body;     // DKIM-Canonicalized-Body, as written
  std::string dkim_headers;  // DKIM-Canonicalized-Header
  std::string spf_dns;
  std::string headers;  // of the reported mail, if only its headers came
  std::string message;  // the reported mail, if it came whole

  // Returns the domain that the report is about: the first reported domain that mail can come from, else the domain of
  // the signature, else that of the envelope; may be "".
  std::string domain() const;
};

// The limit of one field, and of the reported mail; the rest is cut off.
inline constexpr std::size_t kMaxFailureText = 256 * 1024;

// Reads the body of a message/feedback-report part. The error says what is missing. Refuses a
// report that names domains if mail can come from none of them.
Result<FailureReport> parse_feedback_report(std::string_view fields);

// Removes what may identify people: local parts of addresses, the recipient, the headers and the text of the reported
// mail, addresses of web pages, and text that is not a word, a host, a selector or a program with its version where
// these are expected.
void redact(FailureReport& report);

}  // namespace emailauth::report
