// policy/check/dmarc_record_check.h - Findings about one DMARC record.
#pragma once

#include "policy/check/dmarc_check.h"

namespace emailauth::check {

// Returns true for "v=DMARC1; …", as strictly as RFC 9989, 4.8, demands: case, white space, no quotes.
bool is_dmarc_record(const std::string& text);

// Checks the record `out.record` of the domain `out.at`, and fills in the rest of `out`.
void check_dmarc_record(const Subject& subject, DmarcReport& out);

}  // namespace emailauth::check
