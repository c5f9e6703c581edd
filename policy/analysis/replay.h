// policy/analysis/replay.h - What a candidate policy would have done to mail of the past.
//
// Owns the judgement of a stored flow under another policy: SPF by the networks and DKIM by the selectors that one of
// the policies has and the other lacks, alignment by its modes. What reports cannot show (the records of subdomains,
// unknown selectors, services with unknown networks) stays as receivers saw it.
// Knows nothing about files.
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

// How much a legitimate source may lose.
struct ReplayLimits {
  double lost = 1;         // percent of its messages that pass and would fail
  double refused = 5;      // percent that fail already and would be refused: as much as "advise" accepts
  std::uint64_t few = 20;  // messages; with fewer, only losses count
};

struct ReplayedSource {
  Source source;
  bool legitimate = false;       // own servers, and services that today's policy names
  std::uint64_t mails = 0;       // messages
  std::uint64_t lost = 0;        // passed, would fail
  std::uint64_t gained = 0;      // failed, would pass
  std::uint64_t refused = 0;     // would fail, and be quarantined or rejected, which it was not
  std::vector<std::string> why;  // reasons for the losses, one line each, most frequent first

  // Returns true if it is legitimate, and would lose more than the limits allow.
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

// `known` is today's policy; its `services` give the networks of the candidate's senders. Only the actions of `today`
// count, and only the days and the name below the domain of `filter`.
Replay replay(const History& history, const KnownSources& known, const Filter& filter, const CandidatePolicy& candidate,
              const CandidatePolicy& today);

}  // namespace emailauth::report
