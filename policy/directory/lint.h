// policy/directory/lint.h - Advice about policies that load, but could serve better.
//
// The loader itself is the first half of lint; this is the second. Knows
// nothing of files: places are those of the snapshot.
#pragma once

#include "policy/answer/responder.h"
#include "policy/base/diagnostic.h"

namespace emailauth {

// Length budgets (RFC 7208, 7.3), templates that verifiers stumble over, senders
// whose networks are unknown or that cannot align, report mailboxes nobody
// reaches. Cost: a few look-ups for each domain.
Diagnostics advise(const Snapshot& snapshot);

// Domains and aliases that lie below a domain of another file, whose owner may not know of them, and zones that are
// served with nothing in them. Cost: a few look-ups for each name.
Diagnostics check_names(const Snapshot& snapshot);

// Errors that only all files together show: CNAMEs of DKIM selectors that lead to names in our own zones which do not
// exist or hold no key, or back to themselves. Such selectors get an empty answer. Cost: a look-up for each CNAME.
Diagnostics check_selector_chains(const Responder& responder);

}  // namespace emailauth
