// policy/cli/report_database/stored_key.h - What identifies a report, in the form in which it is stored.
//
// Ensures that it contains no address of a person, and that it is the same whenever a report comes again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/report/digest.h"

namespace emailauth::cli {

enum class ReportKind : std::uint8_t { aggregate = 1, tls = 2, failure = 3 };

// Returns the organisation in lower case, with domains in place of addresses, and the id as stored_id() does.
report::ReportKey stored_key(report::ReportKey key);

// Returns an id of letters, digits and some signs unchanged, any other as "sha256:" and 32 hexadecimal digits.
// stored_id(stored_id(id)) == stored_id(id).
std::string stored_id(std::string_view id);

// Returns the organisation as in stored_key().
std::string stored_organisation(std::string_view organisation);

}  // namespace emailauth::cli
