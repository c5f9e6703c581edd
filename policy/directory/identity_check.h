// policy/directory/identity_check.h - Whether names in our zones pass for mail domains that others may use.
//
// Owns what is wrong with that, and how to fix it. A receiver believes MAIL FROM "x@example.com._nspf.provider.net"
// from every address that example.com authorises, and a signature of "example.com.hosted.provider.net" by every key of
// example.com. RFC 9989 keeps such names apart from "provider.net" because of what our zones say about themselves
// (psd=); receivers that follow RFC 7489 know only the public suffix list, by which all of them are one organization,
// and there only strict alignment helps.
#pragma once

#include "policy/base/diagnostic.h"
#include "policy/snapshot/snapshot.h"

namespace emailauth {

// Returns what is certainly wrong, at every load of policies: a domain managed here belongs to the organization of a
// zone, and its record aligns relaxed. The warning ends when the record says adkim=s and aspf=s, as far as names in the
// zone need it. Cost: a look-up for each zone, and a look at every domain if one of them is in the organization of a
// zone.
Diagnostics check_identities(const Snapshot& snapshot);

// Returns what lint says in addition: an organizational domain that has no record here and is not in
// "strict_organizations"; a mirror zone with the names that receivers query; a zone too deep for the tree walk of RFC
// 9989. Each warning ends with its remedy, too.
Diagnostics advise_identities(const Snapshot& snapshot);

}  // namespace emailauth
