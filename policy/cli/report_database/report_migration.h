// policy/cli/report_database/report_migration.h - Converts databases of emailauth 0.1.0 into today's.
//
// Part of ReportStore: only report_database.cc includes it.
#pragma once

#include "policy/sqlite/sqlite.h"

namespace emailauth::cli {

// Turns version 1 of the tables into version 2: facts get the report that they belong to, if only one can have said
// them, and the data about people that version 0.1.0 kept without being asked is removed. Requires a transaction.
// Throws sqlite::Failure.
void migrate_from_version_1(sqlite::Database& database);

}  // namespace emailauth::cli
