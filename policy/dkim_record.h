// policy/dkim_record.h - DKIM key records as others publish and write them (RFC 6376, 3.6.1).
//
// Owns their way back into a policy, from DNS and from the files of key generators.
// Knows nothing of DNS or disks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/dkim_key.h"

namespace emailauth {

struct DkimRecord {
  DkimKeyType type = DkimKeyType::rsa;
  std::string public_key;  // base64 without white space; "" when revoked
  int bits = 0;            // 0 when revoked
  bool testing = false;    // t=y
  bool strict = false;     // t=s
};

// Reads "v=DKIM1; k=rsa; p=MIIB…". The error says why verifiers have no use for it. Keys
// of any length are taken, and tags that policies do not have are left out.
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
