// policy/cli/edit/edit_command.h - What every command that edits domains shares: its options, the
// diff that it shows first, and the wording about what was written.
//
// Knows nothing about what a command changes.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "policy/cli/options/command.h"
#include "policy/cli/write/policy_edit.h"

namespace emailauth::cli {

struct EditOptions {
  ChosenPath policies;
  std::string note;
  std::string by;
  bool write = false;
  bool json = false;
  ChosenPath catalogue;
  ChosenPath reports;    // for commands that may make mail fail; no path for others
  bool even_so = false;  // write although legitimate mail would be lost
};

// Adds --policies, --write, --note, --by and --json.
void add_edit_options(Program& program, CLI::App& command, EditOptions& options);

// Adds --reports, --catalogue and --even-so: the edit is tried on the mail of the past, and not written if legitimate
// mail would be lost.
void add_replay_options(Program& program, CLI::App& command, EditOptions& options);

// Opens the policy directory of `options`, and shows progress.
Result<PolicyEdit> open_edit(const EditOptions& options);

// One domain of a command, and what happens to it.
struct EditedDomain {
  Name domain;
  std::string what;  // "is blocked now", "is already blocked"
  bool changed = false;
};

// Writes who, when and why into the domain's "note", if --note was given.
std::optional<Error> add_note(PolicyEdit& edit, const Name& domain, const EditOptions& options);

// Returns `old` followed by "2026-11-22 anna: <why>": --by, or the user; today in UTC.
std::string signed_note(const EditOptions& options, std::string_view old = {});

// Parses domains as people type them, each once. The error names the first that is not a domain.
Result<std::vector<Name>> typed_domains(const std::vector<std::string>& texts);

// Returns true if it is blocked by its own "mode", or by that of the domain it is an entry of. Requires
// edit.has(domain).
bool is_blocked(const PolicyEdit& edit, const Name& domain);

// Adds a remark if `domain` is blocked, so that the change has no effect yet.
void remark_when_blocked(const PolicyEdit& edit, const Name& domain, std::vector<std::string>& remarks);

// Returns why a change to the SPF of `domain` would take the SPF of the domain above away from it; nullopt
// if it has its own "spf", or if there is none to lose.
std::optional<Error> inherits_spf(const PolicyEdit& edit, const Name& domain);

// Shows what `edit` changes, checks it, and with --write writes it, by `write` if that is given. Returns the exit
// status: kFine; kFindings if the policies would be broken or mail would be lost; kTrouble if nothing could be written.
int finish_edit(const std::string& command, const PolicyEdit& edit, const EditOptions& options,
                const std::vector<EditedDomain>& domains, const std::vector<std::string>& remarks,
                const std::function<std::optional<Error>()>& write = nullptr);

}  // namespace emailauth::cli
