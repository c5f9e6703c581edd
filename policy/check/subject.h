// policy/check/subject.h - What every check gets: a domain, DNS, and a place for findings.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "policy/dns/dns.h"
#include "policy/finding/finding.h"

namespace emailauth::check {

struct Subject {
  Name domain;
  Dns& dns;
  Findings& findings;

  // A finding about the domain itself, or about another name.
  void found(FindingName name, std::string what, std::string todo = "") const {
    findings.add(name, domain.to_string(), std::move(what), std::move(todo));
  }
  void found_at(const Name& where, FindingName name, std::string what, std::string todo = "") const {
    findings.add(name, where.to_string(), std::move(what), std::move(todo));
  }
};

// Returns the target of a CNAME at `name` if DNS shows other records there, too. `records` must have been asked for
// before.
std::optional<Name> cname_beside(Dns& dns, const DnsAnswer& records, const Name& name);

// Returns the target of a CNAME at `name`.
std::optional<Name> cname_at(Dns& dns, const Name& name);

}  // namespace emailauth::check
