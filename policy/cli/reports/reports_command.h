// policy/cli/reports/reports_command.h - What the commands about reports share.
#pragma once

#include <CLI/CLI.hpp>

#include "policy/cli/options/command.h"

namespace emailauth::cli {

void add_reports_ingest(CLI::App& reports, Program& program);
void add_reports_show(CLI::App& reports, Program& program);
void add_reports_expire(CLI::App& reports, Program& program);
void add_reports_remove(CLI::App& reports, Program& program);
void add_reports_list(CLI::App& reports, Program& program);

}  // namespace emailauth::cli
