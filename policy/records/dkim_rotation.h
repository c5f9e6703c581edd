// policy/records/dkim_rotation.h - What is due for the DKIM keys of a domain, and what may be done.
//
// A key is published (pending) before it signs (active); while its successor signs it
// stays published (retiring) until the last mail that it signed has arrived; then it is
// revoked. Owns the rules that no mail is lost on the way. Knows nothing of files, and
// asks for the time and for what DNS shows: all it remembers is in the policy.
//
// Keys of one type and one "sender" sign the same mail: they follow one another. Those
// that are a CNAME are rotated by whoever holds them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policy/records/dkim_key.h"

namespace emailauth {

struct RotationRules {
  int max_age = 180;         // days, after which a key is replaced
  int in_flight = 7;         // days that a mail may be on its way after it was signed
  std::uint32_t ttl = 3600;  // seconds that resolvers may go on with an older answer
  std::string sender;        // the keys with this "sender"; "": those without one
  bool at_once = false;      // replace them now, of whatever age
};

// Days since it was made, or else since it began to sign; nothing when neither is written.
std::optional<int> age_of(const DkimKey& key, Day today);

// It signs and is at least `max_age` days old, or nobody knows how old. CNAMEs are never due.
bool is_due(const DkimKey& key, int max_age, Day today);

// It is published, and is an RSA key below 2048 bits (RFC 8301, 3.2).
bool is_weak(const DkimKey& key, Day today);

// What resolvers say about a key.
struct KeyVisibility {
  bool visible = false;
  std::uint32_t ttl = 0;  // seconds, of the answer
  std::string found;      // when it is not visible: what is there
};

struct RotationStep {
  enum class Kind : std::uint8_t {
    create,          // a new pending key of `type` and `bits`
    note_visible,    // "visible_since": now
    forget_visible,  // DNS had it, and has it no more
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
  std::vector<RotationStep> steps;   // all of them at once
  std::vector<std::string> waiting;  // what is on its way, and until when
  std::vector<std::string> refused;  // what is due and must not be done yet, and why
};

// `now` in seconds since 1970; `look` is asked only about keys that are to sign next.
RotationPlan plan_rotation(const std::vector<DkimKey>& keys, const RotationRules& rules, std::int64_t now,
                           const std::function<KeyVisibility(const DkimKey&)>& look);

// A selector that none of `keys` has, made of type and day: "s20261122", "e20261122",
// "s20261122-2".
Name new_selector(const std::vector<DkimKey>& keys, DkimKeyType type, Day today);

}  // namespace emailauth
