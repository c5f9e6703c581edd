// policy/report/tls_report.h - An SMTP TLS report (RFC 8460, 4).
//
// Reads the JSON as receivers write it: contact-info may be null, addresses and hosts missing, policy types unknown.
// Knows nothing about files or mail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::report {

struct TlsFailure {
  std::string result_type;  // "certificate-expired"
  std::string sending_address;
  std::string receiving_host;  // the MX
  std::string receiving_helo;
  std::string receiving_address;
  std::uint64_t count = 0;  // sessions
  std::string information;
  std::string reason_code;
};

struct TlsPolicy {
  std::string type;                   // "sts", "tlsa", "no-policy-found", or what the report says
  std::vector<std::string> text;      // policy-string
  std::string domain;                 // as mail_domain_text() returns it; "" if it names none
  std::vector<std::string> mx_hosts;  // mx-host
  std::uint64_t successes = 0;        // sessions
  std::uint64_t failures = 0;
  std::vector<TlsFailure> details;
};

struct TlsReport {
  std::string organisation;
  std::int64_t begin = 0;  // seconds since 1970
  std::int64_t end = 0;
  std::string contact;
  std::string id;
  std::vector<TlsPolicy> policies;

  // Returns the domain that the report is about: the first that a policy names; may be "".
  std::string domain() const;
};

// The limit of one report; a larger one is refused.
inline constexpr std::size_t kMaxTlsRows = 100'000;

// Reads a report. The error says which member is wrong, quotes it, and says what a
// report has there. Refuses a report that names domains if mail can come from none of them.
Result<TlsReport> parse_tls_report(std::string_view json);

// Removes what may identify people: text that is not a word, a host, an address
// of a host or a status code where these are expected, and all free text.
void redact(TlsReport& report);

}  // namespace emailauth::report
