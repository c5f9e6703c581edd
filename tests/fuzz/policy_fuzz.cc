// Reads any octets as a policy file of each kind.
#include <cstdint>

#include "policy/files/policy_file.h"
#include "policy/snapshot/snapshot.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

namespace {

void check(PolicyFileKind kind, const char* file, std::string_view text) {
  Diagnostics found;
  const ParsedFile parsed = parse_policy_file(kind, file, text, 1, found);
  require(parsed.errors == has_errors(found), "errors are said, and nothing else is an error");
  require(found.size() <= kMostDiagnostics + 1, "diagnostics are limited");
  for (const Diagnostic& d : found) require(to_string(d).find('\n') == std::string::npos, "a diagnostic is one line");
  if (parsed.errors) return;
  require((kind == PolicyFileKind::responder) == parsed.responder.has_value(),
          "a good responder.json gives a responder");
  require((kind == PolicyFileKind::sender) == parsed.sender.has_value(), "a good sender gives a sender");
  if (parsed.responder) compile_responder(*parsed.responder, 1, file, found);
  if (!parsed.domains) return;
  SpfLinker linker(std::make_shared<const SenderTable>(std::vector<SenderTable::Sender>()), 20);
  require(link_unit(parsed.domains, linker, found) != nullptr, "good domains can be linked");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(PolicyFileKind::responder, "responder.json", text);
  check(PolicyFileKind::sender, "senders/x.json", text);
  check(PolicyFileKind::domains, "domains/x.json", text);
  check(PolicyFileKind::domains, "domains/x.jsonl", text);
  return 0;
}
