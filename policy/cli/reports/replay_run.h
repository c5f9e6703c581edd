// policy/cli/reports/replay_run.h - Tries a policy on the mail of the past: what `replay` and the commands that
// change policies share.
//
// Owns how a policy of a file is turned into one that is tried, and the wording of the result.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "policy/analysis/replay.h"
#include "policy/cli/reports/known_sources.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/write/policy_edit.h"

namespace emailauth::cli {

inline constexpr int kReplayWindow = 30;  // days

report::CandidatePolicy candidate_of(const DomainPolicy& policy);

// Returns what receivers see today: by the policy file, otherwise what they saw last.
report::CandidatePolicy policy_today(const DomainKnowledge& knowledge, const report::History& history, Day until);

nlohmann::ordered_json json_of(const report::Replay& replay);

// "SendGrid: of 1,200 messages 1,150 would no longer pass, 0 would begin to, 1,150 would be refused", and why.
Shown lines_of(const report::ReplayedSource& source);

// Replays the last days of mail under an edit, and returns those of `domains` whose legitimate mail would be lost. A
// domain without reports is left out. Fails if the database at `reports`, which must exist, cannot be read or has
// damaged rows: it cannot show what would be lost. `catalogue` is a folder of sender files; "" for none.
Result<std::vector<report::Replay>> harm_of(const PolicyEdit& edit, const std::vector<Name>& domains,
                                            const std::string& reports, const std::string& catalogue);

}  // namespace emailauth::cli
