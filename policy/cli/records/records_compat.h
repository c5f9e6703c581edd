// policy/cli/records/records_compat.h - The temporary SPF record for a vendor that looks for
// its own include and does not accept the macro term.
//
// Owns that record, its cost in words, and the way back.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "policy/dns/dns.h"
#include "policy/files/sender_policy.h"
#include "policy/publish/publication_steps.h"

namespace emailauth::cli {

struct CompatRecord {
  SenderPolicy sender;
  Publication temporary;   // the SPF record alone, with the sender's own terms
  Publication afterwards;  // the domain's publication
};

// The error says why the sender's terms cannot or need not be published.
Result<CompatRecord> compat_record(const Responder& responder, const Publication& wanted, const PublicationOptions& how,
                                   const std::string& directory, const std::string& sender);

struct CompatCost {
  bool good = true;                // receivers accept the record
  std::vector<std::string> notes;  // the count, and what is wrong
  nlohmann::ordered_json json;
};

// `beyond` asks DNS; without it, what the sender's terms include is not counted.
CompatCost count_cost(const Responder& responder, const CompatRecord& record, Dns* beyond);

// Returns all steps or, with `state` (of `temporary`), those that are left.
std::vector<PublicationStep> compat_steps(const CompatRecord& record, std::vector<std::string> notes,
                                          const PublicationState* state);

}  // namespace emailauth::cli
