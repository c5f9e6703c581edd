// policy/senders/sender_resolution.h - What a resolution found out about a sender: the "resolved" member of its file,
// and how it differs from the one before.
//
// Owns when a sender is due again, and which changes a person should look at. Knows nothing about DNS or files: the
// caller queries and writes.
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
  std::vector<IpPrefix> networks;  // as few as possible, sorted
  std::vector<PassthroughTerm> passthrough;
};

// Requires flattened.usable(). `now` is in seconds since 1970.
SenderResolution resolution_of(const spf::Flattened& flattened, std::int64_t now);

// Returns the JSON of "resolved", with one network per line so that people can read a diff.
std::string to_json_text(const SenderResolution& resolution);

// Returns true if the sender was never resolved, or if `until` has come, is missing or is not a time.
bool is_due(const SenderPolicy& sender, std::int64_t now);

struct SenderChange {
  std::vector<IpPrefix> added;
  std::vector<IpPrefix> removed;
  std::vector<std::string> added_terms;  // pass-through
  std::vector<std::string> removed_terms;
  double percent = 0;  // of the addresses before; for the family that changed most
  bool first = false;  // nothing was known before

  bool empty() const { return added.empty() && removed.empty() && added_terms.empty() && removed_terms.empty(); }
};

SenderChange change_between(const SenderPolicy& before, const SenderResolution& after);

// Returns one line that says why a person should look before this is used; nullopt if the change is ordinary. The first
// resolution is never held back. A pass-through term may stand for any number of addresses, so a change that adds or
// removes one always is.
std::optional<std::string> reason_to_hold(const SenderChange& change, double max_percent);

}  // namespace emailauth
