// policy/records/dkim_record.h - DKIM key records as others publish and write them (RFC 6376, 3.6.1).
//
// Owns reading such records into a policy, from DNS and from the files that key generators write.
// Knows nothing about DNS or disks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/records/dkim_key.h"

namespace emailauth {

// No signer uses this selector: a key that is found at it comes from a wildcard.
inline constexpr std::string_view kNobodysSelector = "no-such-selector-emailauth";

// Returns the name of a selector's key: "s1._domainkey.example.com". Fails if that name would be too long.
Result<Name> key_name(const Name& selector, const Name& domain);

struct DkimRecord {
  DkimKeyType type = DkimKeyType::rsa;
  std::string public_key;  // base64 without white space; "" when revoked
  int bits = 0;            // 0 when revoked
  bool testing = false;    // t=y
  bool strict = false;     // t=s
  friend bool operator==(const DkimRecord&, const DkimRecord&) = default;
};

// Reads "v=DKIM1; k=rsa; p=MIIB…" as verifiers do: accepts keys of any length, and ignores tags that change nothing for
// mail. The error quotes the record and says why no verifier can use it.
Result<DkimRecord> parse_dkim_record(std::string_view text);

// A record in a line of a zone file, as opendkim-genkey and rspamadm write it:
//
//   s1._domainkey  IN  TXT  ( "v=DKIM1; k=rsa; "
//         "p=MIIB…" "…" )  ; ----- DKIM key s1 for example.com
struct ZoneLineKey {
  std::optional<Name> selector;  // from the owner name, if that contains "_domainkey"
  std::string record;            // its strings, joined
};
Result<ZoneLineKey> parse_zone_line_key(std::string_view text);

}  // namespace emailauth
