// policy/message/dmarc.h - Whether a mail passes DMARC, and what the owner asks for if not (RFC 9989).
//
// Owns policy discovery for the domain in From, alignment, and the verdict. The caller provides DNS, and the domains
// that SPF and DKIM passed for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/dns/dns.h"
#include "policy/records/dmarc_record.h"

namespace emailauth::message {

// A domain that SPF or DKIM checked.
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
  std::string record;                      // the policy that applies; "" if there is none
  Name at;                                 // the domain that publishes it
  Name organisation;                       // of `author`
  bool exists = true;                      // false: `author` is NXDOMAIN, so that np= counts
  std::string tag;                         // which tag asks: "p", "sp", "np"; "" without a policy
  DmarcAction asked = DmarcAction::none;   // by that tag
  DmarcAction action = DmarcAction::none;  // to be applied if DMARC fails: one step less with t=y
  bool testing = false;
  int pct = 100;  // pct= of RFC 7489, which RFC 9989 removed
  bool strict_spf = false;
  bool strict_dkim = false;
  std::vector<Alignment> alignments;  // of all identifiers, in their order
};

DmarcVerdict judge_dmarc(Dns& dns, const Name& author, const std::vector<Identifier>& identifiers);

}  // namespace emailauth::message
