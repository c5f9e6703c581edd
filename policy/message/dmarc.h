// policy/message/dmarc.h - Does a mail pass DMARC, and what does the owner ask for if not? (RFC 9989)
//
// Owns policy discovery for the domain in From, alignment, and the verdict. Which
// domains SPF and DKIM passed for is handed in, and so is DNS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/dns/dns.h"
#include "policy/records/dmarc_record.h"

namespace emailauth::message {

// A domain that SPF or DKIM looked at.
struct Identifier {
  bool dkim = false;  // else SPF
  Name domain;        // d=, or the domain of MAIL FROM (of HELO, for the null return path)
  bool passes = false;
  std::string result;  // "pass", "softfail", …
};

struct Alignment {
  Identifier identifier;
  bool aligned = false;
  std::string why;  // one line: "is the domain in From", "its organisation is …, not …"
};

enum class DmarcResult : std::uint8_t { none, pass, fail, temperror };
std::string_view to_text(DmarcResult result);

struct DmarcVerdict {
  Name author;  // the domain in From
  DmarcResult result = DmarcResult::none;
  std::string reason;                      // one line: which identifier aligned, or why none did
  std::string record;                      // the policy that applies; "" when there is none
  Name at;                                 // the domain whose record it is
  Name organisation;                       // of `author`
  bool exists = true;                      // false: `author` is NXDOMAIN, so that np= counts
  std::string tag;                         // which tag asks: "p", "sp", "np"; "" without a policy
  DmarcAction asked = DmarcAction::none;   // by that tag
  DmarcAction action = DmarcAction::none;  // to be applied when DMARC fails: one step less with t=y
  bool testing = false;
  int pct = 100;  // pct= of RFC 7489, which RFC 9989 took away
  bool strict_spf = false;
  bool strict_dkim = false;
  std::vector<Alignment> alignments;  // of all identifiers, in their order
};

DmarcVerdict judge_dmarc(Dns& dns, const Name& author, const std::vector<Identifier>& identifiers);

}  // namespace emailauth::message
