// policy/message/dkim_verify.h - Verifies every DKIM signature of a mail (RFC 6376, 6; RFC 8301; RFC 8463).
//
// Uses our own code, not libopendkim: what a signature covers is pure text and belongs to the core, where it is fuzzed
// and explained; Debian's libopendkim is a beta of 2018, reads the clock and the network itself, and stops at its first
// reason. The caller provides arithmetic and DNS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/dns/dns.h"
#include "policy/message/dkim_signature.h"
#include "policy/message/mail.h"

namespace emailauth::message {

// The part that OpenSSL does for us.
class Crypto {
 public:
  virtual ~Crypto() = default;
  virtual std::string sha256(std::string_view octets) = 0;  // 32 octets
  // `key` is a SubjectPublicKeyInfo (RSA) or 32 octets (ed25519); `digest` is the SHA-256 of what was signed. RSA is
  // PKCS#1 v1.5; ed25519 signs the digest (RFC 8463, 3). Also returns false for a key that cannot be used.
  virtual bool verify(DkimKeyType type, std::string_view key, std::string_view digest, std::string_view signature) = 0;
};

// RFC 8601, 2.7.1. permerror: it can never verify; temperror: DNS did not answer.
enum class DkimResult : std::uint8_t { pass, fail, permerror, temperror };
std::string_view to_text(DkimResult result);

struct SignatureReport {
  DkimResult result = DkimResult::permerror;
  std::string reason;                      // one line; "" for pass
  SignatureName name;                      // d= and s= as written
  std::optional<DkimSignature> signature;  // nullopt if it cannot be read
  Name key_at;                             // where the key is looked for; the root before the search
  int key_bits = 0;                        // 0: no key was found
  bool testing = false;                    // the key says t=y
  std::vector<std::string> remarks;        // one line each: what is valid but weak
};

struct DkimReport {
  std::vector<SignatureReport> signatures;  // top first
  std::size_t left_out = 0;                 // beyond kMaxSignatures
};

inline constexpr std::size_t kMaxSignatures = 32;
inline constexpr std::int64_t kClockDrift = 300;  // seconds that clocks may differ

// `now`: seconds since 1970.
DkimReport verify_signatures(const Mail& mail, Dns& dns, Crypto& crypto, std::int64_t now);

}  // namespace emailauth::message
