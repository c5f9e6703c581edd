// policy/analysis/advice.h - Whether a domain is ready for the next DMARC policy, and if not, why not.
//
// Owns the way there: none, quarantine, reject; blocked for a domain that sends nothing. Every obstacle comes with its
// evidence and what to do. Knows nothing about files or how advice is shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/analysis/authentication_report.h"
#include "policy/base/remark.h"

namespace emailauth::report {

enum class Stage : std::uint8_t { none, quarantine, reject, blocked };
std::string_view to_text(Stage stage);

// What the policy file says; without a file, what receivers saw counts.
struct PolicyState {
  Stage stage = Stage::none;
  bool subdomains = false;  // sp and np are as strict as p
  bool known = false;       // from a policy file
  bool managed = false;     // the domain has a policy file, whatever it says about DMARC
  std::string directory{};  // what --policies and --catalogue named, for commands to repeat
  std::string catalogue{};
};

struct AdviceLimits {
  double least_pass = 95;  // percent, of every legitimate sender
  double weight = 1;       // percent of the domain's own mail that a sender must have to count
  std::uint64_t few = 20;  // messages; a sender with fewer is only mentioned
  int least_days = 14;     // with reports, before a first step
  int stage_days = 14;     // that receivers must have seen quarantine before reject
  int steady_days = 7;     // on which an unknown address must have sent to count as more than forgery
};

struct Obstacle : Remark {
  std::string name;                   // a token that stays: "low-pass", "unexplained-sender"
  std::string source;                 // Source::id; "" when it is about the domain
  std::vector<std::string> evidence;  // one line each
};

struct Advice {
  std::string domain;
  Day since{};
  Day until{};
  Stage now = Stage::none;
  std::optional<Stage> next;        // nullopt: there is no further step
  bool ready = false;               // for `next`
  std::vector<Obstacle> obstacles;  // in the way
  std::vector<Obstacle> notes;      // not in the way
  Todo todo;                        // the step itself, if ready
};

// `report` must be unfiltered except for its days.
Advice advice_for(const AuthenticationReport& report, const KnownSources& known, const PolicyState& state,
                  const AdviceLimits& limits = {});

}  // namespace emailauth::report
