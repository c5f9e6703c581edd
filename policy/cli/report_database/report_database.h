// policy/cli/report_database/report_database.h - The file of the report database, opened.
//
// Part of ReportStore: only that includes it. Owns the modes of the file, the versions of its tables, and that they are
// the tables we made. Knows nothing of what is in them.
#pragma once

#include <memory>
#include <string>

#include "policy/cli/report_database/report_store.h"
#include "policy/sqlite/sqlite.h"

namespace emailauth::cli {

// As ReportStore::open(). Throws sqlite::Failure.
Result<std::unique_ptr<sqlite::Database>> open_report_database(const std::string& path, ReportStore::Mode mode,
                                                               const std::string& group);

// Who else may read the file, or those that SQLite keeps next to it, and what to run; "" when only its owner and its
// group may.
std::string exposure_of(const std::string& path);

}  // namespace emailauth::cli
