// Checks any octets as a BIMI logo: nothing hangs or is read twice, and anything but an SVG causes a finding.
#include <cstdint>
#include <string>

#include "policy/cli/bimi/bimi_logo.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file(reinterpret_cast<const char*>(data), size);
  check::Findings findings;
  const auto logo = cli::check_logo(file, "logo.svg", findings);
  require(logo.has_value() || findings.need_action(), "anything but a logo is a finding");
  for (const check::Finding& finding : findings.all()) {
    require(finding.what.size() < 1000, "a finding is one short line");
    for (const char c : finding.what) require(c >= ' ' && c < 0x7f, "a finding holds nothing a terminal would act on");
  }
  if (!logo) return 0;
  require(logo->svg.size() <= cli::kLargestFile, "no more is unpacked than allowed");
  check::Findings again;
  const auto plain = cli::check_logo(logo->svg, "logo.svg", again);
  require(plain.has_value() || cli::is_gzip(logo->svg), "an unpacked logo is the same logo");
  require(!plain || again.all().size() == findings.all().size(), "it has the same findings");
  return 0;
}
