// policy/directory/changes.h - What a reload changed: zones, names, and words for the log.
//
// Looks only at files that differ between two generations, so that the cost of a change depends on the content of the
// changed files alone.
#pragma once

#include <string>
#include <vector>

#include "policy/answer/responder.h"
#include "policy/directory/stale_names.h"

namespace emailauth {

struct Changes {
  std::vector<ZoneInfo> added;    // zones that only the new generation has
  std::vector<ZoneInfo> removed;  // zones that only the old one had
  // What an operator wants to know: domains that are gone, their zones that are gone or empty, "p=reject" that was
  // turned off. One short phrase each, in the order of the files.
  std::vector<std::string> notable;
  // Names whose answers differ and may be in a cache, in no particular order. A zone is listed as a tree if it came,
  // went, or now answers for selectors that it does not list. SPF names about a domain are listed as trees, or by their
  // whole zone if they are many. If only a zone's serial moved, its apex is listed if the zone is in responder.json,
  // and not if it is hosted (_dmarc.<domain>): negative answers in caches may still have the earlier serial.
  StaleNames stale;
};

Changes compare(const Responder& before, const Responder& after);

}  // namespace emailauth
