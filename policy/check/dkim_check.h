// policy/check/dkim_check.h - The DKIM keys of a domain whose selectors are known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/check/subject.h"

namespace emailauth::check {

struct DkimReport {
  struct Key {
    Name selector;              // relative
    std::optional<Name> alias;  // the target of its CNAME
    std::string type;           // "rsa", "ed25519"; "" if it cannot be read
    int bits = 0;               // 0 if it cannot be read, or is revoked
    bool revoked = false;
    bool testing = false;
  };
  std::vector<Key> keys;     // those that were found
  std::string any_selector;  // the answer for every other selector: a wildcard
  std::size_t looked_for = 0;
};

// `selectors` are relative. `sends` is false for a domain that sends nothing and so needs no key.
DkimReport check_dkim(const Subject& subject, const std::vector<Name>& selectors, bool sends);

}  // namespace emailauth::check
