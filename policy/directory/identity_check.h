// policy/directory/identity_check.h - Are names in our zones taken for mail domains that others may use?
//
// Owns what is wrong with that, and how to mend it. A receiver believes MAIL FROM
// "x@example.com._nspf.provider.net" from every address that example.com authorises, and
// a signature of "example.com.hosted.provider.net" by every key of example.com. RFC 9989
// keeps such names apart from "provider.net" by what our zones say of themselves (psd=);
// receivers that follow RFC 7489 know only the public suffix list, by which all of them
// are one organization, and there only strict alignment helps.
#pragma once

#include "policy/base/diagnostic.h"
#include "policy/snapshot/snapshot.h"

namespace emailauth {

// What is wrong for certain, and is said whenever policies are loaded: a domain managed
// here belongs to the organization of a zone, and its record aligns relaxed. The warning
// ends when the record says adkim=s and aspf=s, as far as names in the zone need it.
// Cost: a look-up for each zone, and a look at every domain where one of them is in the
// organization of a zone.
Diagnostics check_identities(const Snapshot& snapshot);

// What lint says besides: an organizational domain that has no record here and is not
// in "strict_organizations"; a mirror zone with the names that receivers ask for; a zone
// too deep for the walk of RFC 9989. Each warning ends with its remedy, too.
Diagnostics advise_identities(const Snapshot& snapshot);

}  // namespace emailauth
