// policy/analysis/alerts.h - What changed in a domain's mail and deserves a look today.
//
// Owns when a change counts: each kind compares the last days with the weeks before. Knows nothing about who is
// notified, or what has been reported already.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "policy/analysis/authentication_report.h"
#include "policy/base/remark.h"

namespace emailauth::report {

struct AlertLimits {
  int recent_days = 7;             // compared …
  int base_days = 28;              // … with this many before them
  std::uint64_t few = 20;          // messages; fewer prove nothing
  double weight = 1;               // percent of the domain's own mail that a stranger must have
  double least_pass = 95;          // percent of a healthy sender's mail that passes
  double drop = 10;                // points that a pass rate must fall
  double selector_failing = 50;    // percent of its mail that a failing selector verifies, at most
  int wave_factor = 10;            // times the usual forged mail of a day
  std::uint64_t wave_mails = 200;  // on that day, at least
  int silent_days = 7;             // without a report from a receiver that reported nearly daily
};

struct Alert : Remark {
  std::string kind;   // a token that stays: "new-sender", "spoofing-wave"
  std::string about;  // a source, selector or receiver; kind and about tell alerts apart
  Day since{};        // when it began
};

// Returns "selector-failing s1._domainkey.example.com".
std::string key_of(const Alert& alert);

// Returns the alerts of `today`, from the last day with reports up to it; none if there are too few days to compare. An
// alert that was `told` before (keys) continues until it is fixed, even if the weeks before are as bad by then.
std::vector<Alert> alerts_for(const History& history, const KnownSources& known, Day today, const AlertLimits& limits,
                              const std::set<std::string>& told);

}  // namespace emailauth::report
