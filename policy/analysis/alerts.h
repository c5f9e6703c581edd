// policy/analysis/alerts.h - What changed in a domain's mail, and deserves a look today.
//
// Owns when a change is one: each kind compares the last days with the weeks before.
// Knows nothing of who is told, or what was told already.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "policy/analysis/authentication_report.h"
#include "policy/base/remark.h"

namespace emailauth::report {

struct AlertLimits {
  int recent_days = 7;             // what is compared …
  int base_days = 28;              // … with these before
  std::uint64_t few = 20;          // messages; fewer prove nothing
  double weight = 1;               // percent of the domain's own mail that a stranger must have
  double least_pass = 95;          // percent that a healthy sender passes
  double drop = 10;                // points that a pass rate must fall
  double selector_failing = 50;    // percent verified, at most, of a selector that fails
  int wave_factor = 10;            // times the usual forged mail of a day
  std::uint64_t wave_mails = 200;  // on that day, at least
  int silent_days = 7;             // without a report of a receiver that reported nearly daily
};

struct Alert : Remark {
  std::string kind;   // a token that stays: "new-sender", "spoofing-wave"
  std::string about;  // a source, selector or receiver; kind and about tell alerts apart
  Day since{};        // when it began
};

// "selector-failing s1._domainkey.example.com".
std::string key_of(const Alert& alert);

// What holds on `today` (the last day with reports up to it is looked at). Empty when
// there are not enough days to compare. What was `told` before (keys) holds until it is
// mended, also when the weeks before were as bad by then.
std::vector<Alert> alerts_for(const History& history, const KnownSources& known, Day today, const AlertLimits& limits,
                              const std::set<std::string>& told);

}  // namespace emailauth::report
