// policy/lint.h - Advice about policies that load, but could serve better.
//
// The loader itself is the first half of lint; this is the second. Knows
// nothing of files: places are those of the snapshot.
#pragma once

#include "policy/diagnostic.h"
#include "policy/snapshot.h"

namespace emailauth {

// What the operator should know whenever policies are loaded: a zone of the
// responder shares its organizational domain with a domain that sends mail, so
// that under relaxed alignment (RFC 9989, 4.4) an SPF pass for a name inside
// the zone counts as that domain. Cost: one look-up a zone, unless it is so.
Diagnostics check_zones_align_with_nobody(const Snapshot& snapshot);

// Everything else: length budgets (RFC 7208, 7.3), templates that verifiers
// stumble over, senders whose networks are unknown or that cannot align, report
// mailboxes nobody reaches. Cost: a few look-ups for each domain.
Diagnostics advise(const Snapshot& snapshot);

}  // namespace emailauth
