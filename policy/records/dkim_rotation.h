// policy/records/dkim_rotation.h - What is due for the DKIM keys of a domain, and what is allowed now.
//
// A key is published (pending) before it signs (active). While its successor signs, it stays published (retiring) until
// the last mail that it signed has arrived; then it is revoked. Owns the rules that keep every mail verifiable on the
// way. Knows nothing about files. The caller passes the time and what DNS shows; the policy is the only memory.
//
// Keys with the same type and "sender" sign the same mail: each is the successor of the one before it. A key that is a
// CNAME is rotated by whoever publishes its target.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policy/records/dkim_key.h"

namespace emailauth {

struct RotationRules {
  int max_age = 180;         // days after which a key is replaced
  int in_flight = 7;         // days for which a mail may be on its way after it was signed
  std::uint32_t ttl = 3600;  // seconds for which resolvers may keep an older answer
  std::string sender;        // only keys with this "sender"; "": keys without one
  bool at_once = false;      // replace them now, whatever their age
};

// Returns the age in days since the key was made, or else since it began to sign; nullopt if neither date is written.
std::optional<int> age_of(const DkimKey& key, Day today);

// Returns true if the key signs and is at least `max_age` days old or of unknown age. CNAMEs are never due.
bool is_due(const DkimKey& key, int max_age, Day today);

// Returns true for a published RSA key below 2048 bits (RFC 8301, 3.2).
bool is_weak(const DkimKey& key, Day today);

// What resolvers say about a key.
struct KeyVisibility {
  bool visible = false;
  std::uint32_t ttl = 0;  // seconds, of the answer
  std::string found;      // if the key is not visible: what DNS has instead
};

struct RotationStep {
  enum class Kind : std::uint8_t {
    create,          // a new pending key of `type` and `bits`
    note_visible,    // "visible_since": now
    forget_visible,  // DNS had it and no longer has it
    activate,        // "state": "active", "active_from": today
    retire,          // "state": "retiring", "retire_after": today
    revoke,          // "state": "revoked", "revoked_on": today
  };
  Kind kind = Kind::create;
  std::size_t key = 0;  // index; not for `create`
  DkimKeyType type = DkimKeyType::rsa;
  int bits = 0;
};

struct RotationPlan {
  std::vector<RotationStep> steps;   // to be done together
  std::vector<std::string> waiting;  // what is in progress, and until when
  std::vector<std::string> refused;  // what is due but must not be done yet, and why
};

// `now` is in seconds since 1970. Calls `look` only for keys that are to sign next.
RotationPlan plan_rotation(const std::vector<DkimKey>& keys, const RotationRules& rules, std::int64_t now,
                           const std::function<KeyVisibility(const DkimKey&)>& look);

// Returns a selector that none of `keys` uses, made from type and day: "s20261122", "e20261122", "s20261122-2".
Name new_selector(const std::vector<DkimKey>& keys, DkimKeyType type, Day today);

}  // namespace emailauth
