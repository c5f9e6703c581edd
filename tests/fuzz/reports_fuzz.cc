// Gives any octets to the readers of reports: aggregate XML, TLS JSON, feedback fields,
// stored results. An accepted report keeps its promises; a flow is stored and read back the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/base/utf8.h"
#include "policy/report/digest.h"
#include "policy/report/failure_report.h"
#include "policy/report/report_text.h"
#include "tests/fuzz/require.h"

using namespace emailauth;          // NOLINT: a test driver
using namespace emailauth::report;  // NOLINT
using emailauth::tests::require;

namespace {

void check_text(const std::string& text) {
  require(find_invalid_utf8(text) == std::string::npos, "text is UTF-8");
  require(text.size() <= kMaxField, "text is not longer than a field");
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20, "text fits on a line");
}

void check_aggregate(std::string_view octets) {
  const auto report = parse_aggregate_report(octets);
  if (!report) return require(!report.error().message.empty(), "a refusal has a reason");
  require(!report->organisation.empty() && !report->policy.domain.empty(), "who and about whom is known");
  require(report->begin <= report->end, "a report ends after its begin");
  OrganizationalDomains organizations;
  std::uint64_t messages = 0;
  for (const AggregateRecord& record : report->records) {
    messages += record.count;
    check_text(record.header_from);
    const Flow flow = flow_of(record, report->policy, organizations);
    const FlowRow row = to_row(flow);
    check_text(row.header_from);
    require(to_row(from_row(row)) == row, "a stored flow is read back the same");
    require(from_row(row).signatures.size() == flow.signatures.size(), "no signature is lost");
  }
  require(digest_of(*report, organizations).messages() == messages, "no message is lost");
}

void check_tls(std::string_view octets) {
  const auto report = parse_tls_report(octets);
  if (!report) return require(!report.error().message.empty(), "a refusal has a reason");
  check_text(report->organisation);
  check_text(key_of(*report).domain);
}

void check_feedback(std::string_view octets) {
  auto report = parse_feedback_report(octets);
  if (!report) return require(!report.error().message.empty(), "a refusal has a reason");
  redact(*report);
  require(report->rcpt_to.empty() && report->message.empty(), "nothing personal is left");
  require(report->mail_from.find('@') == report->mail_from.rfind('@'), "no local part is left");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  check_aggregate(octets);
  check_tls(octets);
  check_feedback(octets);
  Flow flow;
  parse_results(octets, flow);
  return 0;
}
