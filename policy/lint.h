// policy/lint.h - Advice about policies that load, but could serve better.
//
// The loader itself is the first half of lint; this is the second. Knows
// nothing of files: places are those of the snapshot.
#pragma once

#include "policy/diagnostic.h"
#include "policy/snapshot.h"

namespace emailauth {

// Length budgets (RFC 7208, 7.3), templates that verifiers stumble over, senders
// whose networks are unknown or that cannot align, report mailboxes nobody
// reaches. Cost: a few look-ups for each domain.
Diagnostics advise(const Snapshot& snapshot);

}  // namespace emailauth
