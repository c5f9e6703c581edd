// policy/records/dkim_record.h - DKIM key records as others publish and write them (RFC 6376, 3.6.1).
//
// Owns their way back into a policy, from DNS and from the files of key generators.
// Knows nothing of DNS or disks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/records/dkim_key.h"

namespace emailauth {

// No signer uses it: a key that is found there comes from a wildcard.
inline constexpr std::string_view kNobodysSelector = "no-such-selector-emailauth";

// Where a selector's key stands: "s1._domainkey.example.com". Fails when that is longer
// than a name may be.
Result<Name> key_name(const Name& selector, const Name& domain);

struct DkimRecord {
  DkimKeyType type = DkimKeyType::rsa;
  std::string public_key;  // base64 without white space; "" when revoked
  int bits = 0;            // 0 when revoked
  bool testing = false;    // t=y
  bool strict = false;     // t=s
  friend bool operator==(const DkimRecord&, const DkimRecord&) = default;
};

// Reads "v=DKIM1; k=rsa; p=MIIB…" as verifiers do: keys of any length are taken, and tags
// that change nothing for mail are left out. The error quotes the record and says why no
// verifier has a use for it.
Result<DkimRecord> parse_dkim_record(std::string_view text);

// A record in a line of a zone file, as opendkim-genkey and rspamadm write it:
//
//   s1._domainkey  IN  TXT  ( "v=DKIM1; k=rsa; "
//         "p=MIIB…" "…" )  ; ----- DKIM key s1 for example.com
struct ZoneLineKey {
  std::optional<Name> selector;  // of the owner name, where that holds "_domainkey"
  std::string record;            // its strings, joined
};
Result<ZoneLineKey> parse_zone_line_key(std::string_view text);

}  // namespace emailauth
