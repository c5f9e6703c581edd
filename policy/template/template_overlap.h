// policy/template/template_overlap.h - Can a name that one template makes be read as a question of another?
//
// Owns which templates of a view endanger each other. An answer must be about the client, so an address may be
// read only where the receiver wrote its client's. Knows nothing of policies and of single names.
#pragma once

#include "policy/template/spf_template.h"

namespace emailauth {

// True when a name that a receiver makes of `source` can be read as a question of `reader` about an address that
// is not the client's. `reader` has an address. Senders are taken to choose all that they can: the text of %{h},
// %{l} and %{s}, labels in front of the owner's domain (the owner may publish a wildcard), and, by a long text,
// how much of the name is cut from the left (RFC 7208, 7.3).
//
// Names without chosen parts can be cut, too, but then have kMaybeCutLength characters or more: whoever answers
// must not believe these. They are not counted here.
bool can_misread(const SpfTemplate& source, const SpfTemplate& reader);

}  // namespace emailauth
