// policy/report/digest.h - What is kept of a report: when, from whom, about whom, and its flows.
//
// Owns which reports count as the same, and the day to which their mail belongs. Knows nothing
// about databases.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/base/utc_time.h"
#include "policy/report/aggregate_report.h"
#include "policy/report/flow.h"
#include "policy/report/tls_report.h"

namespace emailauth::report {

// Two reports with the same key are the same report, however they were packed.
struct ReportKey {
  std::string organisation;  // lower case
  std::string domain;        // lower case
  std::string id;            // as written
  std::int64_t begin = 0;    // seconds since 1970
};

// A flow as it is stored; equal flows have equal rows.
struct FlowRow {
  std::string source;  // 4 or 16 octets
  std::string header_from;
  std::string envelope_from;
  std::uint8_t verdict = 0;  // 1: DKIM passes, 2: SPF passes
  std::string results;       // results_text()
  friend auto operator<=>(const FlowRow&, const FlowRow&) = default;
};
FlowRow to_row(const Flow& flow);
Flow from_row(const FlowRow& row);

struct FlowCount {
  FlowRow flow;
  Disposition disposition = Disposition::unspecified;
  std::uint64_t count = 0;  // messages
};

struct AggregateDigest {
  ReportKey key;
  std::int64_t end = 0;
  Day day{};                     // the middle of the report: receivers begin their days at any hour
  std::string policy;            // the policy that the receiver saw: "p=none; sp=reject; adkim=r"
  std::vector<FlowCount> flows;  // no two with the same flow and disposition

  std::uint64_t messages() const;
};

AggregateDigest digest_of(const AggregateReport& report, OrganizationalDomains& organizations);

ReportKey key_of(const TlsReport& report);

// Returns "p=none; sp=reject; adkim=r", in the order of a record; contains only what the report states.
std::string policy_text(const PublishedPolicy& policy);

}  // namespace emailauth::report
