// policy/cli/report_database/report_migration.h - Databases of emailauth 0.1.0, made into those of today.
//
// Part of ReportStore: only report_database.cc includes it.
#pragma once

#include "policy/sqlite/sqlite.h"

namespace emailauth::cli {

// Version 1 of the tables becomes version 2: facts get the report they are of, where only one can have said them, and
// what version 0.1.0 kept of people although nobody asked it to is taken away. Requires a transaction. Throws
// sqlite::Failure.
void migrate_from_version_1(sqlite::Database& database);

}  // namespace emailauth::cli
