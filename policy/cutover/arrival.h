// policy/cutover/arrival.h - After the owner has changed the zone: does the move work?
//
// Goes down as resolvers do: pointers in place, every name server of ours answering
// what the policies say, and the chain of trust unbroken where the owner's zone is
// signed. DNS is the caller's, whoever it asks.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "policy/cutover/cutover.h"
#include "policy/dns/dns.h"
#include "policy/publish/publication_state.h"

namespace emailauth::cutover {

struct ArrivalOptions {
  std::string directory;        // what --policies named, for commands to repeat
  std::vector<Name> selectors;  // DKIM selectors to look for, relative
  // Asks the name server at that address itself. If empty, no server is asked.
  std::function<DnsAnswer(const IpAddress& server, const DnsQuestion& question)> ask_server;
};

struct ArrivalReport {
  std::vector<CutoverFinding> findings;  // refuse: to be mended. change: to know
  std::vector<std::string> failures;     // "TXT at example.com: SERVFAIL": then nothing could be looked at
  PointBy way = PointBy::ns;             // the one that is in use
  std::size_t in_place = 0;              // of `records`
  std::size_t records = 0;
  std::size_t servers = 0;  // addresses of name servers that were asked
  bool validated = false;   // somebody validated: DNSSEC was looked at as a receiver does
  bool good() const;
};

// `ways`: what may be in place, the preferred first; the one that is most complete counts.
// Asks `records` which RRsets are published: it must answer any number of questions, because `selectors` may be many.
// `dns` answers for everything else, and may have a budget.
ArrivalReport check_arrival(Dns& dns, Dns& records, const Responder& responder, const std::vector<Publication>& ways,
                            const ArrivalOptions& options);

}  // namespace emailauth::cutover
