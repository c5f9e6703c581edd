// What six SPF verifiers really sent for 201 odd mails.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/invariants/world.h"

using namespace emailauth;
using namespace emailauth::tests;

TEST_CASE("every name that verifiers were seen to ask gets a safe answer") {
  const std::string path = EMAILAUTH_TESTDATA_DIR "/verifier-queries.jsonl";
  std::ifstream in(path);
  if (!in) {
    MESSAGE("SKIPPED: there is no " << path);
    return;
  }
  const Name zone = Name::parse("_spf.provider.test").value();
  std::size_t questions = 0;
  std::set<Name> names;
  for (std::string line; std::getline(in, line); ++questions) {
    const auto row = nlohmann::json::parse(line);
    if (!row.at("qname").is_string()) continue;
    const Result<Name> name = Name::parse(row["qname"].get<std::string>());
    REQUIRE(name.ok());
    if (name->is_at_or_below(zone)) names.insert(*name);
  }
  std::size_t authorised = 0;
  for (const Name& name : names) {
    CHECK(plain_fault(name.wire()) == "");
    authorised += plain_world().answer(name).verdict == SpfVerdict::authorised ? 1U : 0U;
  }
  MESSAGE(questions << " captured questions: " << names.size() << " names asked, " << authorised << " authorised");
  CHECK(names.size() > 50);
  CHECK(authorised > 20);
}
