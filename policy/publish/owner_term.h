// policy/publish/owner_term.h - The SPF term that an owner publishes, and the record that contains it.
//
// Owns which of the responder's templates suit a domain, and which is best. Knows
// nothing about DNS or other records.
#pragma once

#include <string>
#include <vector>

#include "policy/answer/responder.h"

namespace emailauth {

struct OwnerTerm {
  std::string text;           // with an alias in place of %{d} if only that can be queried
  std::string template_text;  // as in responder.json
  SpfTermKind kind = SpfTermKind::include;
};

// Returns the terms by which receivers get an answer about `domain` from the rules `spf`, best first. Asks the
// responder itself, with the longest address. `managed` is the domain's policy, whose aliases may replace the domain;
// nullptr for a name that another domain's policy covers.
std::vector<OwnerTerm> owner_terms(const Responder& responder, const Name& domain, const LinkedSpf& spf,
                                   const Domain* managed);

// Returns "v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.net ~all". `literal` holds further
// terms. A redirect leaves "all" to the answer.
std::string owner_record(const OwnerTerm& term, SpfAll all, const std::vector<std::string>& literal = {});

}  // namespace emailauth
