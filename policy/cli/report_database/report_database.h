// policy/cli/report_database/report_database.h - Opens the file of the report database.
//
// Part of ReportStore: only that includes it. Owns the modes of the file, the versions of its tables, and the check
// that they are the tables we made. Knows nothing about their content.
#pragma once

#include <memory>
#include <string>

#include "policy/cli/report_database/report_store.h"
#include "policy/sqlite/sqlite.h"

namespace emailauth::cli {

// Opens as ReportStore::open() does. Throws sqlite::Failure.
Result<std::unique_ptr<sqlite::Database>> open_report_database(const std::string& path, ReportStore::Mode mode,
                                                               const std::string& group);

// Returns who else may read the file, or those that SQLite keeps next to it, and what to run; "" if only its owner and
// its group may.
std::string exposure_of(const std::string& path);

}  // namespace emailauth::cli
