// policy/dkim_key.h - DKIM keys as policy files hold them (RFC 6376, 8301, 8463).
//
// Owns the checks on a public key and the record that publishes it. Knows
// nothing of domains or zones. No private key ever passes: it is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/dns_name.h"
#include "policy/policy_node.h"

namespace emailauth {

enum class DkimKeyType : std::uint8_t { rsa, ed25519 };
// pending, active and retiring keys are published; a revoked one is published
// with an empty p= (RFC 6376, 3.6.1).
enum class DkimKeyState : std::uint8_t { pending, active, retiring, revoked };
// What a selector that has no key gets: NXDOMAIN, or "v=DKIM1; p=".
enum class OtherSelectors : std::uint8_t { none, revoked };

struct DkimKey {
  Name selector;              // relative: "s1", "foo.bar"
  std::optional<Name> cname;  // published as CNAME; then nothing below counts
  DkimKeyType type = DkimKeyType::rsa;
  std::string public_key;  // base64
  int bits = 0;            // RSA modulus; 256 for ed25519; 0 when revoked without a key
  DkimKeyState state = DkimKeyState::active;
  bool testing = false;  // t=y
  bool strict = false;   // t=s
  std::string sender;    // the service that signs with it
};

struct DkimPolicy {
  std::vector<DkimKey> keys;
  OtherSelectors other_selectors = OtherSelectors::none;
};

// Reads the object "dkim"; nothing when it has errors, which are reported.
std::optional<DkimPolicy> read_dkim(const PolicyNode& node);

// The TXT record, unsplit: "v=DKIM1; k=rsa; p=MIIB…". Requires !key.cname.
std::string to_record(const DkimKey& key);

// The record of a selector that never had a key.
inline constexpr std::string_view kRevokedSelectorRecord = "v=DKIM1; p=";

// Bits of a public key in base64: of the modulus for RSA (SubjectPublicKeyInfo),
// 256 for ed25519 (raw 32 octets). The error names a private key as such.
// RSA keys below 1024 bits are an error.
Result<int> public_key_bits(DkimKeyType type, std::string_view base64);

// The same for keys that others publish: of any length.
Result<int> published_key_bits(DkimKeyType type, std::string_view base64);

}  // namespace emailauth
