// policy/cli/reports/report_reader.h - Everything that is in a file, as reports.
//
// Owns the way through wrappings: directory, Maildir, mbox, mail, zip, gzip, text.
// What cannot be read is a fault with the place and the reason; the rest goes on.
// Knows nothing of the store. One a thread.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "policy/cli/reports/mail_parts.h"
#include "policy/cli/reports/unpack.h"
#include "policy/report/aggregate_report.h"
#include "policy/report/failure_report.h"
#include "policy/report/tls_report.h"

namespace emailauth::cli {

// A failure report, with what tells it from others.
struct ReceivedFailure {
  report::FailureReport report;
  std::string organisation;  // the domain it was sent from; the reporting MTA
  std::string id;            // Message-ID, or a digest of the report
};

using AnyReport = std::variant<report::AggregateReport, report::TlsReport, ReceivedFailure>;

// What could not be read.
struct Fault {
  std::string place;   // "reports/x.zip: y.xml"
  std::string reason;  // what, and what to do
};

struct ReportSink {
  std::function<void(AnyReport report)> report;
  std::function<void(Fault fault)> fault;
};

class ReportReader {
 public:
  ReportReader(const UnpackLimits& limits, const ReportSink& sink) : limits_(limits), sink_(sink) {}

  void read_file(const std::string& path);
  // `place` names the octets in faults: "standard input".
  void read_octets(const std::string& place, std::string octets);

 private:
  void read_one(const std::string& place, std::string octets, int depth, Budget& budget);
  void read_archive(const std::string& place, std::string_view octets, int depth, Budget& budget);
  void read_mail(const std::string& place, std::string_view octets, int depth, Budget& budget);
  void read_feedback(const std::string& place, const Mail& mail);
  void fault(const std::string& place, const std::string& reason);
  template <typename T>
  void take(const std::string& place, Result<T> parsed);

  const UnpackLimits& limits_;
  const ReportSink& sink_;
  std::size_t found_ = 0;  // reports and faults, of the file that is read
};

// The files that `paths` stand for: folders are walked through, of Maildirs only what is
// delivered, hidden files never. A path that is not there is a fault.
std::vector<std::string> files_below(const std::vector<std::string>& paths, const ReportSink& sink);

}  // namespace emailauth::cli
