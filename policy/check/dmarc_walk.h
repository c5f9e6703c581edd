// policy/check/dmarc_walk.h - The DNS tree walk (RFC 9989, 4.10): DMARC records on the way up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/dns/dns.h"

namespace emailauth::check {

// Returns the names below which receivers look for _dmarc, in order: at most eight.
std::vector<Name> tree_walk(const Name& domain);

// Returns the text at _dmarc of a domain if it is exactly one DMARC record; "" otherwise.
std::string dmarc_record_of(Dns& dns, const Name& domain);

struct Organisation {
  std::optional<Name> domain;         // nullopt: no name on the way has a record
  std::optional<Name> public_suffix;  // a name on the way whose record says psd=y
};

// Returns the organizational domain by the tree walk (4.10.2). `walk` is that of one domain.
Organisation organisation_by_walk(Dns& dns, const std::vector<Name>& walk);

}  // namespace emailauth::check
