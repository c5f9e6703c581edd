// policy/cli/senders_command.h - What the subcommands of `emailauth senders` share.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "policy/cli/sender_files.h"

namespace emailauth::cli {

void add_senders_list(CLI::App& senders, int& status);
void add_senders_show(CLI::App& senders, int& status);
void add_senders_refresh(CLI::App& senders, int& status);
void add_senders_diff(CLI::App& senders, int& status);
void add_senders_add(CLI::App& senders, int& status);
void add_senders_identify(CLI::App& senders, int& status);

// The first of `ids` that none of the files has, with the nearest one that is there.
std::optional<Error> unknown_sender(const std::vector<SenderFile>& files, const std::vector<std::string>& ids);

}  // namespace emailauth::cli
