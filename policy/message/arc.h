// policy/message/arc.h - The ARC sets of a mail, as written (RFC 8617).
//
// Owns the shape of a chain: who sealed, in which order, and what each sealer says about those before. Does not verify
// seals: whether a chain changes a verdict depends on whom the receiver trusts, which no mail shows.
#pragma once

#include <string>
#include <vector>

#include "policy/message/mail.h"

namespace emailauth::message {

struct ArcSet {
  int instance = 0;      // i=
  std::string domain;    // d= of the seal; printable
  std::string selector;  // s= of the seal
  std::string cv;        // what the sealer says of the chain before it: "none", "pass", "fail"
};

struct ArcReport {
  std::vector<ArcSet> sets;  // first sealer first
  std::string problem;       // one line: why no receiver can use the chain; "" if no fault is visible
};

inline constexpr int kMaxArcSets = 50;  // RFC 8617, 4.2.1

ArcReport read_arc(const Mail& mail);

}  // namespace emailauth::message
