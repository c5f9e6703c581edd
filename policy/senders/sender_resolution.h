// policy/senders/sender_resolution.h - What was found out about a sender: the "resolved"
// member of its file, and how it differs from what stood there before.
//
// Owns when a sender is due again and which changes a person should look at.
// Knows nothing of DNS or files: the caller asks, and the caller writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/base/utc_time.h"
#include "policy/files/sender_policy.h"
#include "policy/net/ip_prefix.h"
#include "policy/spf/flatten.h"

namespace emailauth {

// Answers are used for their TTL, within these bounds (seconds).
inline constexpr std::int64_t kSoonestRefresh = 3600;
inline constexpr std::int64_t kLatestRefresh = 7 * 86400;

struct SenderResolution {
  std::string at;  // RFC 3339, UTC
  std::string until;
  std::vector<IpPrefix> networks;  // the fewest, sorted
  std::vector<PassthroughTerm> passthrough;
};

// Requires flattened.usable(). `now` is in seconds since 1970.
SenderResolution resolution_of(const spf::Flattened& flattened, std::int64_t now);

// The JSON of "resolved": one network a line, so that a diff can be read.
std::string to_json_text(const SenderResolution& resolution);

// True when it was never resolved, or `until` has come, is missing or is no time.
bool is_due(const SenderPolicy& sender, std::int64_t now);

struct SenderChange {
  std::vector<IpPrefix> added;
  std::vector<IpPrefix> removed;
  std::vector<std::string> added_terms;  // pass-through
  std::vector<std::string> removed_terms;
  double percent = 0;  // of the addresses there were; the family that changed most
  bool first = false;  // nothing was known before

  bool empty() const { return added.empty() && removed.empty() && added_terms.empty() && removed_terms.empty(); }
};

SenderChange change_between(const SenderPolicy& before, const SenderResolution& after);

// Why a person should look before this is used: one line; nothing when the change is ordinary.
// The first resolution is never held back. A pass-through term may stand for any
// number of addresses, so one that comes or goes always is.
std::optional<std::string> reason_to_hold(const SenderChange& change, double max_percent);

}  // namespace emailauth
