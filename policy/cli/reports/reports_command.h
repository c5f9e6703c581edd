// policy/cli/reports/reports_command.h - What the commands about reports share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace emailauth::cli {

void add_reports_ingest(CLI::App& reports, int& status);
void add_reports_show(CLI::App& reports, int& status);
void add_reports_expire(CLI::App& reports, int& status);
void add_reports_remove(CLI::App& reports, int& status);
void add_reports_list(CLI::App& reports, int& status);

// Says `message` on standard error, and is kTrouble.
int reports_trouble(const std::string& message);

}  // namespace emailauth::cli
