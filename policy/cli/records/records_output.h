// policy/cli/records/records_output.h - The steps of a publication for a person, as a zone file, or
// for pdnsutil.
//
// Owns the wording and the quoting; decides nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "policy/cli/terminal/shown.h"
#include "policy/publish/publication_steps.h"

namespace emailauth::cli {

// One change to the owner's zone.
struct Change {
  enum class Kind { lower, remove, publish };
  Kind kind = Kind::publish;
  RrsetKey key;
  std::uint32_t ttl = 0;
  std::vector<std::string> data;  // remove: empty if DNS was not queried
  std::vector<std::string> keep;  // SPF: other texts of the name
  bool asked = false;             // DNS was queried: `data` and `keep` are complete
};

// What to print.
struct RecordsPlan {
  const Publication& wanted;
  const PublicationState* state = nullptr;  // nullptr: DNS was not queried
  std::vector<PublicationStep> steps;
  Name zone;  // the owner's zone, for pdnsutil
};

// Returns the changes of a step in a safe order: a delegation comes before the removal of what it hides,
// a CNAME after the removal of what must not be next to it.
std::vector<Change> changes_of(const PublicationStep& step, const RecordsPlan& plan);

// With `state`, begins with what is in place.
Shown to_text(const RecordsPlan& plan);
Shown to_zone_lines(const RecordsPlan& plan);
Shown to_pdnsutil(const RecordsPlan& plan);
nlohmann::ordered_json to_json(const RecordsPlan& plan);

}  // namespace emailauth::cli
