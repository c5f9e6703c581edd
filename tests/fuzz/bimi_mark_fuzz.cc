// Reads any octets as a mark certificate, and as the logotype extension of one.
#include <cstdint>
#include <string>

#include "policy/cli/bimi/bimi_certificate.h"
#include "policy/cli/bimi/logotype.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file(reinterpret_cast<const char*>(data), size);
  check::Findings findings;
  cli::MarkQuestion question;
  question.where = "mark.pem";
  question.domain = *Name::parse("example.com");
  question.roots = file;
  question.now = 1795305600;
  const auto mark = cli::check_mark(file, question, findings);
  require(mark.has_value() || findings.need_action(), "anything but a certificate is a finding");
  for (const check::Finding& finding : findings.all()) {
    for (const char c : finding.what) require(c >= ' ' && c < 0x7f, "a finding holds nothing a terminal would act on");
  }
  const auto logotype = cli::parse_logotype(file);
  if (!logotype) {
    require(!logotype.error().message.empty(), "a refusal has a reason");
    return 0;
  }
  require(!logotype->hashes.empty() && !logotype->uris.empty(), "a logo has a hash and an address");
  cli::data_of_uri(logotype->uris.front()).ok();
  return 0;
}
