// policy/cli/senders/senders_command.h - What the subcommands of `emailauth senders` share.
#pragma once

#include <CLI/CLI.hpp>

namespace emailauth::cli {

void add_senders_list(CLI::App& senders, int& status);
void add_senders_show(CLI::App& senders, int& status);
void add_senders_refresh(CLI::App& senders, int& status);
void add_senders_diff(CLI::App& senders, int& status);
void add_senders_add(CLI::App& senders, int& status);
void add_senders_identify(CLI::App& senders, int& status);

}  // namespace emailauth::cli
