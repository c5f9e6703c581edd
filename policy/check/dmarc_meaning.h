// policy/check/dmarc_meaning.h - What a published DMARC record means to receivers (RFC 9989, 4.7).
//
// Reads tag by tag, and tells a missing tag from its default. Lists values that receivers do not use. Knows nothing
// about DNS.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/records/dmarc_record.h"

namespace emailauth::check {

struct DmarcMeaning {
  bool is_policy = false;           // false: receivers find no policy in it
  DmarcPolicy policy;               // rua: always set, perhaps empty; without "!size"
  bool says_p = false;              // false: p= is missing or invalid, and taken for "none"
  std::vector<std::string> unused;  // "x=y": parts that receivers skip, and size limits

  DmarcAction subdomains() const { return policy.sp.value_or(policy.p); }
  DmarcAction missing_subdomains() const { return policy.np.value_or(subdomains()); }
};

DmarcMeaning dmarc_meaning(std::string_view record);

}  // namespace emailauth::check
