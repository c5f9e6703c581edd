// policy/check/dkim_record.h - What a published DKIM key record means (RFC 6376, 3.6.1).
//
// Reads what receivers read; tags that change nothing for them are left out. Knows
// nothing of DNS.
#pragma once

#include <string>
#include <string_view>

#include "policy/dkim_key.h"
#include "policy/result.h"

namespace emailauth::check {

struct DkimRecord {
  DkimKeyType type = DkimKeyType::rsa;
  std::string key;       // base64 without white space; "": revoked
  bool testing = false;  // t=y
  bool strict = false;   // t=s
  friend bool operator==(const DkimRecord&, const DkimRecord&) = default;
};

// The error says why no receiver verifies a signature with it.
Result<DkimRecord> read_dkim_record(std::string_view record);

}  // namespace emailauth::check
