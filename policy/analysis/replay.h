// policy/analysis/replay.h - What a candidate policy would have done to the mail of the past.
//
// Owns the judgement of a stored flow under another policy: SPF by the networks and DKIM
// by the selectors that one of both policies has and the other lacks, alignment by its
// modes. What reports cannot tell (the records of subdomains, selectors of nobody's,
// services whose networks nobody knows) stays as receivers saw it.
// Knows nothing of files.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "policy/analysis/authentication_report.h"

namespace emailauth::report {

// The policy that is tried.
struct CandidatePolicy {
  bool blocked = false;
  std::set<std::string> enabled;  // senders, by id
  IpSet netblocks;
  std::vector<KnownKey> keys;
  Alignment adkim = Alignment::relaxed;
  Alignment aspf = Alignment::relaxed;
  Disposition action = Disposition::none;      // p
  Disposition subdomains = Disposition::none;  // sp, for names below the domain
};

// What a legitimate source may bear.
struct ReplayLimits {
  double lost = 1;         // percent of its messages that pass and would not
  double refused = 5;      // percent that fail already and would be refused: what "advise" lets pass
  std::uint64_t few = 20;  // messages; of fewer only what would be lost counts
};

struct ReplayedSource {
  Source source;
  bool legitimate = false;       // own servers, and services that the policy of today names
  std::uint64_t mails = 0;       // messages
  std::uint64_t lost = 0;        // passed, would fail
  std::uint64_t gained = 0;      // failed, would pass
  std::uint64_t refused = 0;     // would fail, and be quarantined or rejected where it was not
  std::vector<std::string> why;  // of what is lost, one line each, most frequent first

  // It is legitimate, and would lose more than the limits allow.
  bool is_harmed(const ReplayLimits& limits) const;
};

struct Replay {
  std::string domain;
  Day since{};
  Day until{};
  Disposition now = Disposition::none;  // the action that receivers see today
  Disposition then = Disposition::none;
  std::vector<ReplayedSource> sources;  // with changes, most messages first

  bool harms(const ReplayLimits& limits) const;
};

// `known` is the policy of today, `services` of it give the networks of the candidate's senders; of `today` only the
// actions count. Of `filter` the days and the name below the domain count.
Replay replay(const History& history, const KnownSources& known, const Filter& filter, const CandidatePolicy& candidate,
              const CandidatePolicy& today);

}  // namespace emailauth::report
