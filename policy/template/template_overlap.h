// policy/template/template_overlap.h - Whether a name that one template makes can be read as a question to another.
//
// Owns which templates of a view endanger each other. An answer must be about the client, so an address may be
// read only where the receiver wrote its client's. Knows nothing about policies or single names.
#pragma once

#include "policy/template/spf_template.h"

namespace emailauth {

// Returns true if a name that a receiver makes from `source` can be read as a question to `reader` about an address
// that is not the client's. `reader` has an address. Assumes that senders choose everything they can: the text of
// %{h}, %{l} and %{s}, labels before the owner's domain (the owner may publish a wildcard), and, by a long text, how
// much of the name is cut from the left (RFC 7208, 7.3).
//
// Names without chosen parts can be cut too, but then have kMaybeCutLength characters or more: the code that answers
// must not believe these. This function does not consider them.
bool can_misread(const SpfTemplate& source, const SpfTemplate& reader);

}  // namespace emailauth
