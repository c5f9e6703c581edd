// policy/report/any_report.h - One report of any kind, as it was received.
#pragma once

#include <string>
#include <variant>

#include "policy/report/aggregate_report.h"
#include "policy/report/failure_report.h"
#include "policy/report/tls_report.h"

namespace emailauth::report {

// A failure report, with what distinguishes it from others.
struct ReceivedFailure {
  FailureReport report;
  std::string organisation;  // the domain it was sent from; the reporting MTA
  std::string id;            // Message-ID, or a digest of the report
};

using AnyReport = std::variant<AggregateReport, TlsReport, ReceivedFailure>;

}  // namespace emailauth::report
