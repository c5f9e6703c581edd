// policy/cutover/cutover.h - Before an owner changes anything: compares today's answers with
// what we would answer.
//
// Owns which differences lose mail. The caller provides DNS (Dns); our side
// is what the responder answers. What happens afterwards: policy/cutover/arrival.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/base/remark.h"
#include "policy/dns/dns.h"
#include "policy/net/seen_address.h"
#include "policy/publish/publication.h"

namespace emailauth::cutover {

struct CutoverFinding : Remark {
  // refuse: legitimate mail may be lost. change: the world gets something else, and
  // nothing that passes today fails for it.
  enum class Weight : std::uint8_t { refuse, change };
  Weight weight = Weight::change;
  std::string part;   // "DKIM", "SPF" …
  std::string where;  // a name, an address, a network
};

struct CutoverOptions {
  std::string directory;               // what --policies named, for commands to repeat
  std::vector<Name> selectors;         // DKIM selectors to look for, relative
  std::vector<SeenAddress> addresses;  // to be judged by both sides
  SeenAddress like;                    // HELO and local part for addresses that the comparison finds
  bool edges = true;                   // also judge the edges of every network of either side
};

struct CutoverReport {
  std::vector<CutoverFinding> findings;     // by weight
  std::vector<std::string> failures;        // "TXT at …: SERVFAIL": if any, nothing is known for sure
  std::vector<std::string> live_selectors;  // with a key that verifies today
  std::size_t selectors = 0;                // that were looked for
  std::size_t addresses = 0;                // that were judged

  bool safe() const;  // no failure, and nothing to refuse
};

// `wanted` says which parts move, and how: what is not in it stays the owner's.
CutoverReport compare_before(Dns& dns, const Responder& responder, const Publication& wanted,
                             const CutoverOptions& options);

}  // namespace emailauth::cutover
