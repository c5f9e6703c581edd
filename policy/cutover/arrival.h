// policy/cutover/arrival.h - After the owner has changed the zone: whether the move works.
//
// Walks down as resolvers do: pointers in place, every name server of ours answering what the policies say, and the
// chain of trust unbroken if the owner's zone is signed. The caller provides DNS.
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
  std::vector<CutoverFinding> findings;  // refuse: must be fixed. change: for information
  std::vector<std::string> failures;     // "TXT at example.com: SERVFAIL": if any, nothing else was checked
  PointBy way = PointBy::ns;             // the way in use
  std::size_t in_place = 0;              // how many of `records`
  std::size_t records = 0;
  std::size_t servers = 0;  // addresses of name servers that were queried
  bool validated = false;   // DNSSEC was validated, as a receiver does it
  bool good() const;
};

// `ways`: what may be in place, the preferred first; the one that is most complete counts.
// Asks `records` which RRsets are published: it must answer any number of questions, because `selectors` may be many.
// `dns` answers for everything else, and may have a budget.
ArrivalReport check_arrival(Dns& dns, Dns& records, const Responder& responder, const std::vector<Publication>& ways,
                            const ArrivalOptions& options);

}  // namespace emailauth::cutover
