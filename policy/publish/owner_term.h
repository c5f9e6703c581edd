// policy/publish/owner_term.h - The SPF term that an owner publishes, and the record it stands in.
//
// Owns which of the responder's templates suit a domain, and which is best. Knows
// nothing of DNS or of other records.
#pragma once

#include <string>
#include <vector>

#include "policy/answer/responder.h"

namespace emailauth {

struct OwnerTerm {
  std::string text;           // with an alias in place of %{d} where only that can be asked for
  std::string template_text;  // as in responder.json
  SpfTermKind kind = SpfTermKind::include;
};

// The terms by which receivers get an answer about `domain` from the rules
// `spf`, best first: the responder itself is asked, with the longest address.
// `managed`: the domain's policy, whose aliases may stand in for it; nullptr for
// a name that another domain's policy covers.
std::vector<OwnerTerm> owner_terms(const Responder& responder, const Name& domain, const LinkedSpf& spf,
                                   const Domain* managed);

// "v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.net ~all". `literal`: further
// terms. A redirect ends in the "all" of the answer.
std::string owner_record(const OwnerTerm& term, SpfAll all, const std::vector<std::string>& literal = {});

}  // namespace emailauth
