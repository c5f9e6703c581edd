// policy/message/dkim_signature.h - A DKIM-Signature field, read (RFC 6376, 3.5; RFC 8463).
//
// Owns the rules that a signature must obey before anybody looks for its key. Knows nothing about DNS, the rest of the
// mail, or the time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/message/canonical.h"
#include "policy/net/dns_name.h"
#include "policy/records/dkim_key.h"

namespace emailauth::message {

struct DkimSignature {
  std::string algorithm;                // a=: "rsa-sha256", lower case
  DkimKeyType type = DkimKeyType::rsa;  // the key type that a= demands
  bool sha1 = false;                    // rsa-sha1: no longer valid (RFC 8301, 3.1)
  Name domain;                          // d=
  Name selector;                        // s=, relative
  std::string identity;                 // i=; "@" and d= if it is left out
  Canonical header = Canonical::simple;
  Canonical body = Canonical::simple;
  std::vector<std::string> fields;          // h=, in order, lower case
  std::string body_hash;                    // bh=, decoded
  std::string signature;                    // b=, decoded
  std::optional<std::uint64_t> length;      // l=: octets of the canonical body
  std::optional<std::int64_t> signed_at;    // t=
  std::optional<std::int64_t> valid_until;  // x=
};

// A longer field is refused without reading it: no signer needs one.
inline constexpr std::size_t kMaxSignatureField = 65536;  // octets

// The error says which tag is wrong. Receivers report it as permerror, or ignore the field.
Result<DkimSignature> parse_dkim_signature(std::string_view value);

// The values of d= and s=, as far as they can be read, for naming a signature that is wrong.
struct SignatureName {
  std::string domain;
  std::string selector;
};
SignatureName name_of_signature(std::string_view value);

// Returns true if the domain of i= is `signature.domain`, or below it.
bool has_own_identity(const DkimSignature& signature);
// Returns true if it is exactly `signature.domain`, as keys with t=s demand.
bool has_exact_identity(const DkimSignature& signature);

}  // namespace emailauth::message
