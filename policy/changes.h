// policy/changes.h - What a reload changed, in zones and in words.
//
// Looks only at files that differ between two generations, so that a change of
// one file costs what is in that file.
#pragma once

#include <string>
#include <vector>

#include "policy/responder.h"

namespace emailauth {

struct Changes {
  std::vector<ZoneInfo> added;    // zones that only the new generation has
  std::vector<ZoneInfo> removed;  // zones that only the old one had
  // What an operator would want to be told: domains that are gone, their zones
  // that are gone or empty, "p=reject" that was turned off. One short phrase
  // each, in the order of the files.
  std::vector<std::string> notable;
};

Changes compare(const Responder& before, const Responder& after);

}  // namespace emailauth
