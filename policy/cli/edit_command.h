// policy/cli/edit_command.h - What every command that edits domains shares: its options, the
// diff that is shown first, and the words about what was written.
//
// Knows nothing of what a command changes.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "policy/cli/policy_edit.h"

namespace emailauth::cli {

struct EditOptions {
  std::string directory = "/etc/powerdns/emailauth";
  std::string note;
  std::string by;
  bool write = false;
  bool json = false;
};

// Adds --dir, --write, --note, --by and --json.
void add_edit_options(CLI::App& command, EditOptions& options);

// One domain of a command, and what becomes of it.
struct EditedDomain {
  Name domain;
  std::string what;  // "is blocked now", "is blocked already"
  bool changed = false;
};

// Says "emailauth <command>: <message>" on standard error. Gives kTrouble.
int edit_trouble(const std::string& command, const std::string& message);

// Writes who, when and why into the domain's "note", if --note was given.
std::optional<Error> add_note(PolicyEdit& edit, const Name& domain, const EditOptions& options);

// "2026-11-22 anna: <why>": --by, or the user; today in UTC.
std::string signed_note(const EditOptions& options);

// Shows what `edit` changes, checks it, and with --write writes it. Gives the exit status:
// kFine; kFindings when the policies would be broken; kTrouble when nothing could be written.
int finish_edit(const std::string& command, const PolicyEdit& edit, const EditOptions& options,
                const std::vector<EditedDomain>& domains, const std::vector<std::string>& remarks);

}  // namespace emailauth::cli
