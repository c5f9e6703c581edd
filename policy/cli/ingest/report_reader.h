// policy/cli/ingest/report_reader.h - Reads everything in a file as reports.
//
// Owns the way through wrappings: mbox, mail, zip, gzip, text. A part that cannot be read is a fault with the place and
// the reason, without addresses of people; the rest is still read. Knows nothing about the store. One object per
// thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "policy/cli/ingest/mail_parts.h"
#include "policy/cli/ingest/report_files.h"
#include "policy/cli/ingest/unpack.h"
#include "policy/report/any_report.h"

namespace emailauth::cli {

struct ReportSink {
  std::function<void(report::AnyReport report)> report;
  std::function<void(Fault fault)> fault;
};

class ReportReader {
 public:
  // Holds references to both arguments; they must outlive this object.
  ReportReader(const UnpackLimits& limits, const ReportSink& sink) : limits_(limits), sink_(sink) {}

  // Reads an open file from its beginning. Faults call it `place`. Returns false if there were faults.
  bool read_file(const std::string& place, const Descriptor& file);
  // The same for octets in memory: "standard input".
  bool read_octets(const std::string& place, std::string octets);

 private:
  Result<bool> read_mbox_file(const std::string& place, const Descriptor& file);
  void read_whole(const std::string& place, std::string octets);
  void read_one(const std::string& place, std::string octets, int depth, Budget& budget);
  void read_archive(const std::string& place, std::string_view octets, int depth, Budget& budget);
  void read_mbox(const std::string& place, std::string_view octets, int depth, Budget& budget);
  void read_mail(const std::string& place, std::string_view octets, int depth, Budget& budget);
  void read_mails_behind(const std::string& place, std::string_view octets, int depth, Budget& budget);
  void read_feedback(const std::string& place, const Mail& mail);
  void require_report(const std::string& place, std::size_t found_before);
  void fault(const std::string& place, const std::string& reason);
  bool end_file(const std::string& place);
  template <typename T>
  void take(const std::string& place, Result<T> parsed);

  const UnpackLimits& limits_;
  const ReportSink& sink_;
  std::size_t found_ = 0;   // reports and faults so far
  std::size_t faults_ = 0;  // of the file
};

}  // namespace emailauth::cli
