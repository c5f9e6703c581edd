// policy/message/judge.h - What a receiver will think of a mail, and why: the front door.
//
// Takes a mail, the address it came from, and DNS; returns SPF, DKIM, DMARC, ARC, the name of the address, and one
// conclusion. Owns the order in which they count (RFC 9989, 5). Knows nothing about files, the clock, or the syntax of
// addresses in From.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/message/arc.h"
#include "policy/message/dkim_verify.h"
#include "policy/message/dmarc.h"
#include "policy/message/envelope.h"
#include "policy/spf/evaluator.h"

namespace emailauth::message {

// The name of the client's address. A name counts only if it resolves back to the address.
struct ReverseName {
  std::string name;  // "" if there is none
  bool confirmed = false;
  bool failed = false;  // DNS did not answer
};

enum class Outcome : std::uint8_t { accepted, quarantined, rejected, deferred };
std::string_view to_text(Outcome outcome);  // "accepted"

struct MessageReport {
  Envelope envelope;
  std::size_t from_fields = 0;
  std::vector<std::string> authors;  // the addresses in From, the first kMaxAuthors
  std::optional<ReverseName> reverse;
  std::optional<spf::Evaluation> spf_helo;  // nullopt if the client or HELO is unknown
  std::optional<spf::Evaluation> spf_mail_from;
  DkimReport dkim;
  ArcReport arc;
  std::vector<DmarcVerdict> dmarc;  // one per domain in From, in their order
  Outcome outcome = Outcome::accepted;
  std::string because;               // one line
  std::vector<std::string> remarks;  // one line each, about the mail as a whole

  // Returns true if DMARC passes for every domain in From and every signature verifies.
  bool is_clean() const;
  // Returns true if DNS did not answer where an answer decides.
  bool is_undecided() const;
};

// From may contain any number of addresses in any number of domains; no more than these are checked.
inline constexpr std::size_t kMaxAuthors = 100;
inline constexpr std::size_t kMaxAuthorDomains = 8;

// `authors`: the addresses in all From fields. `now`: seconds since 1970.
MessageReport judge_mail(const Mail& mail, const Envelope& envelope, const std::vector<std::string>& authors, Dns& dns,
                         Crypto& crypto, std::int64_t now);

}  // namespace emailauth::message
