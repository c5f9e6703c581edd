// policy/cli/dkim/dkim_command.h - The subcommands of `emailauth dkim`, and what they share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "policy/cli/dkim/dkim_edit.h"
#include "policy/cli/edit/edit_command.h"

namespace emailauth::cli {

void add_dkim_new(CLI::App& dkim, Program& program);
void add_dkim_list(CLI::App& dkim, Program& program);
void add_dkim_rotate(CLI::App& dkim, Program& program);
void add_dkim_revoke(CLI::App& dkim, Program& program);
void add_dkim_import(CLI::App& dkim, Program& program);
void add_dkim_check(CLI::App& dkim, Program& program);

// Options of every subcommand that changes policy files.
struct DkimEditOptions : EditOptions {
  std::string at;
};
void add_dkim_edit_options(Program& program, CLI::App& command, DkimEditOptions& options);

// A subcommand at work: its time and its edit. Fails if --at or the directory is wrong.
struct DkimTask {
  std::int64_t time = 0;  // seconds since 1970
  Day today;
  PolicyEdit edit;
};
Result<DkimTask> begin_task(const DkimEditOptions& options);

}  // namespace emailauth::cli
