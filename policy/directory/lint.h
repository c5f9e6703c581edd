// policy/directory/lint.h - Advice about policies that load but could serve better.
//
// The loader itself is the first half of lint; this is the second. Knows nothing about files: places are those of the
// snapshot.
#pragma once

#include "policy/answer/responder.h"
#include "policy/base/diagnostic.h"

namespace emailauth {

// Returns advice on length budgets (RFC 7208, 7.3), templates that verifiers stumble over, senders whose networks are
// unknown or that cannot align, and report mailboxes that cannot be reached. Cost: a few look-ups for each domain.
Diagnostics advise(const Snapshot& snapshot);

// Returns domains and aliases below a domain of another file, whose owner may not know about them, and zones that are
// served empty. Cost: a few look-ups for each name.
Diagnostics check_names(const Snapshot& snapshot);

// Returns errors that only all files together show: CNAMEs of DKIM selectors that lead to names in our own zones which
// do not exist or have no key, or back to themselves. Such selectors get an empty answer. Cost: a look-up for each
// CNAME.
Diagnostics check_selector_chains(const Responder& responder);

}  // namespace emailauth
