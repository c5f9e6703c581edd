// policy/message/judge.h - What a receiver will think of a mail, and why: the front door.
//
// A mail, the address it came from and DNS in; SPF, DKIM, DMARC, ARC, the name of the
// address and one conclusion out. Owns the order in which they count (RFC 9989, 5).
// Knows nothing of files, of the clock, and of how addresses in From are written.
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

// The name of the client's address: only one that leads back to it counts.
struct ReverseName {
  std::string name;  // "" when there is none
  bool confirmed = false;
  bool failed = false;  // DNS gave no answer
};

enum class Outcome : std::uint8_t { accepted, quarantined, rejected, deferred };
std::string_view to_text(Outcome outcome);  // "accepted"

struct MessageReport {
  Envelope envelope;
  std::size_t from_fields = 0;
  std::vector<std::string> authors;  // the addresses in From, the first kMaxAuthors
  std::optional<ReverseName> reverse;
  std::optional<spf::Evaluation> spf_helo;  // nothing when client or HELO are unknown
  std::optional<spf::Evaluation> spf_mail_from;
  DkimReport dkim;
  ArcReport arc;
  std::vector<DmarcVerdict> dmarc;  // one a domain in From, in their order
  Outcome outcome = Outcome::accepted;
  std::string because;               // one line
  std::vector<std::string> remarks;  // one line each, about the mail as a whole

  // DMARC passes for every domain in From, and every signature verifies.
  bool is_clean() const;
  // DNS did not answer where an answer decides.
  bool is_undecided() const;
};

// From may hold any number of addresses, in any number of domains; no more are looked at.
inline constexpr std::size_t kMaxAuthors = 100;
inline constexpr std::size_t kMaxAuthorDomains = 8;

// `authors`: the addresses in all From fields. `now`: seconds since 1970.
MessageReport judge_mail(const Mail& mail, const Envelope& envelope, const std::vector<std::string>& authors, Dns& dns,
                         Crypto& crypto, std::int64_t now);

}  // namespace emailauth::message
