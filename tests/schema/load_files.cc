// Loads single policy files, for the test that compares the schemas with the loader.
//
//     load_files FILE...      one line per file: "good" or "bad"
//
// The end of a file's name says what it is, as in tests/bad_policies.
#include <fstream>
#include <iostream>
#include <iterator>

#include "policy/files/policy_file.h"
#include "policy/snapshot/snapshot.h"

using namespace emailauth;

namespace {

PolicyFileKind kind_of(std::string_view file) {
  if (file.find("responder.json") != std::string_view::npos) return PolicyFileKind::responder;
  const bool sender =
      file.find(".sender.json") != std::string_view::npos || file.find("senders/") != std::string_view::npos;
  return sender ? PolicyFileKind::sender : PolicyFileKind::domains;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    Diagnostics found;
    const ParsedFile parsed = parse_policy_file(kind_of(argv[i]), argv[i], text, 1, found);
    if (parsed.responder) compile_responder(*parsed.responder, 1, argv[i], found);
    std::cout << (parsed.errors || has_errors(found) ? "bad" : "good") << "\n";
  }
  return 0;
}
