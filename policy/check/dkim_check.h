// policy/check/dkim_check.h - The DKIM keys of a domain, as far as their selectors are known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/check/subject.h"

namespace emailauth::check {

struct DkimReport {
  struct Key {
    Name selector;              // relative
    std::optional<Name> alias;  // where its CNAME leads to
    std::string type;           // "rsa", "ed25519"; "" when it cannot be read
    int bits = 0;               // 0 when it cannot be read, or is revoked
    bool revoked = false;
    bool testing = false;
  };
  std::vector<Key> keys;     // those that were found
  std::string any_selector;  // what every other selector gets: a wildcard
  std::size_t looked_for = 0;
};

// `selectors` are relative. `sends`: a domain that sends nothing needs no key.
DkimReport check_dkim(const Subject& subject, const std::vector<Name>& selectors, bool sends);

}  // namespace emailauth::check
