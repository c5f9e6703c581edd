// Broken policies, and the exact diagnostics.
//
// NNN-what.{responder,sender,domain}.json and .domain.jsonl are single files;
// NNN-what/ is a policy directory, for what is wrong between files. The .err
// next to each has the diagnostics. To accept new ones, after reading them:
//
//     EMAILAUTH_ACCEPT=1 bad_policies_tests
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "policy/directory/policy_directory.h"
#include "tests/some_day.h"

using namespace emailauth;
using emailauth::tests::kSomeDay;
namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Kind {
  const char* end;
  PolicyFileKind kind;
  const char* name;  // the name of the file in diagnostics
};
constexpr Kind kKinds[] = {{".responder.json", PolicyFileKind::responder, "responder.json"},
                           {".sender.json", PolicyFileKind::sender, "senders/bad.json"},
                           {".domain.json", PolicyFileKind::domains, "domains/bad.json"},
                           {".domain.jsonl", PolicyFileKind::domains, "domains/bad.jsonl"}};

const Kind* kind_of(const std::string& file) {
  for (const Kind& kind : kKinds) {
    const std::string end = kind.end;
    if (file.size() > end.size() && file.compare(file.size() - end.size(), end.size(), end) == 0) return &kind;
  }
  return nullptr;
}

Diagnostics check_file(const Kind& kind, const std::string& text) {
  Diagnostics found;
  const ParsedFile parsed = parse_policy_file(kind.kind, kind.name, text, 1, found);
  CHECK(parsed.errors == has_errors(found));
  if (parsed.responder) compile_responder(*parsed.responder, 1, kind.name, found);
  return found;
}

std::string to_lines(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& d : diagnostics) out += to_string(d) + "\n";
  return out;
}

}  // namespace

TEST_CASE("broken policies, and the exact diagnostics") {
  const bool accept = std::getenv("EMAILAUTH_ACCEPT") != nullptr;
  std::size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(EMAILAUTH_SOURCE_DIR "/tests/bad_policies")) {
    const std::string name = entry.path().filename().string();
    const Kind* kind = kind_of(name);
    if (kind == nullptr && !entry.is_directory()) continue;
    ++cases;
    CAPTURE(name);
    const std::string got =
        to_lines(kind != nullptr ? check_file(*kind, read(entry.path()))
                                 : PolicyDirectory(entry.path().string()).reload(kSomeDay).diagnostics);
    fs::path expected = entry.path();
    expected += ".err";
    if (accept) std::ofstream(expected, std::ios::binary) << got;
    CHECK(got != "");
    CHECK(got == read(expected));
  }
  MESSAGE(cases << " broken policies");
  CHECK(cases > 100);
}
