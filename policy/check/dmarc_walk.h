// policy/check/dmarc_walk.h - The DNS tree walk (RFC 9989, 4.10): DMARC records on the way up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/dns/dns.h"

namespace emailauth::check {

// The names below which receivers look for _dmarc, in order: at most eight.
std::vector<Name> tree_walk(const Name& domain);

// What stands at _dmarc of a domain, when it is exactly one DMARC record; "" otherwise.
std::string dmarc_record_of(Dns& dns, const Name& domain);

struct Organisation {
  std::optional<Name> domain;         // nothing: no record stands on the way
  std::optional<Name> public_suffix;  // a name on the way whose record says psd=y
};

// The organizational domain by the tree walk (4.10.2). `walk` is that of one domain.
Organisation organisation_by_walk(Dns& dns, const std::vector<Name>& walk);

}  // namespace emailauth::check
