// Gives any octets to the code that takes reports out of files: gzip, zip, mails. Limits hold,
// and there is always a report or a fault.
#include <cstddef>
#include <cstdint>
#include <string>

#include "policy/cli/ingest/report_reader.h"
#include "tests/fuzz/require.h"

using namespace emailauth::cli;  // NOLINT: a test driver
using emailauth::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = (start_mail_reader(), true);
  UnpackLimits limits;
  limits.octets = 1 << 20;
  std::size_t reports = 0;
  std::size_t faults = 0;
  const ReportSink sink{[&](const emailauth::report::AnyReport&) { ++reports; },
                        [&](const Fault& fault) {
                          ++faults;
                          require(!fault.place.empty() && !fault.reason.empty(), "a fault has a place and a reason");
                        }};
  ReportReader(limits, sink).read_octets("input", std::string(reinterpret_cast<const char*>(data), size));
  require(started && reports + faults > 0, "nothing is passed over in silence");
  return 0;
}
