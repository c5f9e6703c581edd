// policy/cli/options/command.h - The commands of `emailauth`, and what they share.
#pragma once

#include <CLI/CLI.hpp>

#include "policy/cli/options/program.h"
#include "policy/cli/options/trouble.h"

namespace emailauth::cli {

// Each adds its subcommand to `app`, and to `program` what that does.
void add_lint(CLI::App& app, Program& program);
void add_explain(CLI::App& app, Program& program);
void add_spf(CLI::App& app, Program& program);
void add_senders(CLI::App& app, Program& program);
void add_records(CLI::App& app, Program& program);
void add_check(CLI::App& app, Program& program);
void add_dkim(CLI::App& app, Program& program);
void add_import(CLI::App& app, Program& program);
void add_cutover(CLI::App& app, Program& program);
void add_block(CLI::App& app, Program& program);
void add_unblock(CLI::App& app, Program& program);
void add_dmarc(CLI::App& app, Program& program);
void add_sender(CLI::App& app, Program& program);
void add_netblock(CLI::App& app, Program& program);
void add_bimi(CLI::App& app, Program& program);
void add_completion(CLI::App& app, Program& program);
void add_man(CLI::App& app, Program& program);
void add_reports(CLI::App& app, Program& program);
void add_advise(CLI::App& app, Program& program);
void add_alerts(CLI::App& app, Program& program);
void add_replay(CLI::App& app, Program& program);
void add_message(CLI::App& app, Program& program);
void add_config(CLI::App& app, Program& program);

}  // namespace emailauth::cli
