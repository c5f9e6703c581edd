// policy/cli/report_database/stored_key.h - What tells reports apart, in the form in which it is stored.
//
// Owns that no address of a person is in it, and that it is the same whenever a report comes again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/report/digest.h"

namespace emailauth::cli {

enum class ReportKind : std::uint8_t { aggregate = 1, tls = 2, failure = 3 };

// The organisation in lower case, with domains in place of addresses; the id as stored_id().
report::ReportKey stored_key(report::ReportKey key);

// An id of letters, digits and some signs as it is, any other as "sha256:" and 32 hexadecimal digits.
// stored_id(stored_id(id)) == stored_id(id).
std::string stored_id(std::string_view id);

// As it is in stored_key().
std::string stored_organisation(std::string_view organisation);

}  // namespace emailauth::cli
