// policy/cli/options/command.h - What the subcommands of `emailauth` share.
//
// Exit codes are for scripts: kFine, kFindings, kTrouble.
#pragma once

#include <CLI/CLI.hpp>

namespace emailauth::cli {

inline constexpr int kFine = 0;      // done, nothing to report
inline constexpr int kFindings = 1;  // done, and there is something to mend
inline constexpr int kTrouble = 2;   // wrong usage, or a file or network that failed

// Each adds its subcommand to `app`; when it is the one that was called,
// `status` is its exit code.
void add_lint(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);
void add_spf(CLI::App& app, int& status);
void add_senders(CLI::App& app, int& status);
void add_records(CLI::App& app, int& status);
void add_check(CLI::App& app, int& status);
void add_dkim(CLI::App& app, int& status);
void add_import(CLI::App& app, int& status);
void add_cutover(CLI::App& app, int& status);
void add_block(CLI::App& app, int& status);
void add_unblock(CLI::App& app, int& status);
void add_dmarc(CLI::App& app, int& status);
void add_sender(CLI::App& app, int& status);
void add_netblock(CLI::App& app, int& status);
void add_bimi(CLI::App& app, int& status);
void add_completion(CLI::App& app, int& status);
void add_man(CLI::App& app, int& status);
void add_reports(CLI::App& app, int& status);
void add_advise(CLI::App& app, int& status);
void add_alerts(CLI::App& app, int& status);
void add_replay(CLI::App& app, int& status);
void add_message(CLI::App& app, int& status);

}  // namespace emailauth::cli
