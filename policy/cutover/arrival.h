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
  DnsLookUp look_up;            // through the resolver
  // The same, asked of one server at this address; may be empty: then none is asked.
  std::function<FoundRrset(const IpAddress& server, const RrsetKey& key)> ask_server;
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
ArrivalReport check_arrival(check::Dns& dns, const Responder& responder, const std::vector<Publication>& ways,
                            const ArrivalOptions& options);

}  // namespace emailauth::cutover
