// policy/cli/help/command_tree.h - The commands and options of the program, as CLI11 knows them.
//
// Completion and manual pages are made from this, so that neither can differ from --help.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::cli {

struct CommandOption {
  std::vector<std::string> names;  // "-h", "--help"; or "DOMAIN" for a positional
  std::string description;
  std::string standard;  // the default; "" if there is none
  bool positional = false;
  bool takes_value = false;
  bool required = false;
  bool many = false;
};

struct Command {
  std::string path;  // "emailauth senders add"
  std::string description;
  std::vector<CommandOption> options;  // in the order of --help
  std::vector<Command> commands;
  std::vector<std::string> text;      // paragraphs after the options, without examples and exit status
  std::vector<std::string> examples;  // "emailauth lint pdns-conf/emailauth"
  std::string exit_status;            // "0 fine, 1 findings, …"
};

Command command_tree(const CLI::App& app, const std::string& above = "");

// Returns an error about the first of the program's `words` that should be a command and is not, whatever follows it.
// The error names the nearest command. Returns nullopt if there is no such word.
std::optional<Error> unknown_command(const Command& root, const std::vector<std::string>& words);

}  // namespace emailauth::cli
