// policy/cli/senders/senders_command.h - What the subcommands of `emailauth senders` share.
#pragma once

#include "policy/cli/options/command.h"

namespace emailauth::cli {

void add_senders_list(CLI::App& senders, Program& program);
void add_senders_show(CLI::App& senders, Program& program);
void add_senders_refresh(CLI::App& senders, Program& program);
void add_senders_diff(CLI::App& senders, Program& program);
void add_senders_add(CLI::App& senders, Program& program);
void add_senders_identify(CLI::App& senders, Program& program);

}  // namespace emailauth::cli
