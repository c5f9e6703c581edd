// policy/records/dkim_key.h - DKIM keys as policy files hold them (RFC 6376, 8301, 8463).
//
// Owns the checks on a public key, the meaning of its dates, and the record that publishes it. Knows nothing about
// domains, zones or the current day. Never holds a private key: one in a policy file is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/utc_time.h"
#include "policy/json/policy_node.h"
#include "policy/net/dns_name.h"

namespace emailauth {

enum class DkimKeyType : std::uint8_t { rsa, ed25519 };
std::string_view to_text(DkimKeyType type);  // "rsa"

// In the order in which a key passes through them. A pending key is published before it signs; a retiring key stays
// published until the last mail that it signed has arrived; a revoked key is published as "v=DKIM1; p=" (RFC 6376,
// 3.6.1), even if it was a CNAME.
enum class DkimKeyState : std::uint8_t { pending, active, retiring, revoked };
std::string_view to_text(DkimKeyState state);  // "pending"

// The answer for a selector without a key: NXDOMAIN, or "v=DKIM1; p=".
enum class OtherSelectors : std::uint8_t { none, revoked };

struct DkimKey {
  Name selector;              // relative: "s1", "foo.bar"
  std::optional<Name> cname;  // published as a CNAME; then this holds no key
  DkimKeyType type = DkimKeyType::rsa;
  std::string public_key;             // base64
  int bits = 0;                       // RSA modulus; 256 for ed25519; 0 when revoked without a key
  std::optional<DkimKeyState> state;  // as written; use state_on()
  std::optional<Day> created;
  std::optional<std::int64_t> visible_since;  // seconds since 1970: when DNS was first seen to have it
  std::optional<Day> active_from;             // the first day it signs
  std::optional<Day> retire_after;            // the last day it signs
  std::optional<Day> revoked_on;              // the first day it is revoked
  bool testing = false;                       // t=y
  bool strict = false;                        // t=s
  std::string sender;                         // the service that signs with it
};

struct DkimPolicy {
  std::vector<DkimKey> keys;
  OtherSelectors other_selectors = OtherSelectors::none;
};

// Reads the object "dkim". Returns nullopt after reporting errors.
std::optional<DkimPolicy> read_dkim(const PolicyNode& node);

// Returns the state on a day: the written state, or a later one that a date has brought. Without "state" a key is
// pending before active_from and active after that.
DkimKeyState state_on(const DkimKey& key, Day day);

// Returns the day from which the answer is that of a revoked key; Day::max() if none is set.
Day revoked_from(const DkimKey& key);

// Returns the TXT record of a key that is not revoked, in one piece: "v=DKIM1; k=rsa; p=MIIB…".
// Requires !key.cname.
std::string to_record(const DkimKey& key);

// The record of a revoked key, and of a selector that never had a key.
inline constexpr std::string_view kRevokedSelectorRecord = "v=DKIM1; p=";

// Returns the bits of a public key in base64: of the modulus for RSA (SubjectPublicKeyInfo), 256 for ed25519 (raw 32
// octets). RSA keys below 1024 bits are an error; so is a private key, and the error says that it is one.
Result<int> public_key_bits(DkimKeyType type, std::string_view base64);

// The same for keys that others publish, of any length.
Result<int> published_key_bits(DkimKeyType type, std::string_view base64);

}  // namespace emailauth
