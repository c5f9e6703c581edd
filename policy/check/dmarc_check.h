// policy/check/dmarc_check.h - What a domain publishes as DMARC, and what is wrong with it.
//
// Finds the record as receivers do, by RFC 9989 (tree walk) and by RFC 7489
// (public suffix list), and says where they differ.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/check/subject.h"
#include "policy/records/dmarc_record.h"

namespace emailauth::check {

struct DmarcReport {
  std::string record;  // the record that applies to the domain; "" if none does
  Name at;             // the domain that publishes it: this one, or one above
  std::optional<Name> organisation_by_walk;
  std::optional<Name> organisation_by_list;
  DmarcAction policy = DmarcAction::none;            // for the domain itself
  DmarcAction subdomain_policy = DmarcAction::none;  // for names below it
  bool applies_to_all_mail = true;                   // false: pct below 100
  std::vector<std::string> report_addresses;         // rua and ruf
};

DmarcReport check_dmarc(const Subject& subject);

}  // namespace emailauth::check
