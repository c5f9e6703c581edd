// policy/cli/edit/edit_command.h - What every command that edits domains shares: its options, the
// diff that is shown first, and the words about what was written.
//
// Knows nothing of what a command changes.
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
  ChosenPath reports;    // for commands that may take mail away; no path for others
  bool even_so = false;  // write although legitimate mail would be lost
};

// Adds --policies, --write, --note, --by and --json.
void add_edit_options(Program& program, CLI::App& command, EditOptions& options);

// Adds --reports, --catalogue and --even-so: the edit is tried on the mail of the past, and not written when that would
// be lost.
void add_replay_options(Program& program, CLI::App& command, EditOptions& options);

// Opens the policy directory of `options`, and shows progress.
Result<PolicyEdit> open_edit(const EditOptions& options);

// One domain of a command, and what becomes of it.
struct EditedDomain {
  Name domain;
  std::string what;  // "is blocked now", "is blocked already"
  bool changed = false;
};

// Writes who, when and why into the domain's "note", if --note was given.
std::optional<Error> add_note(PolicyEdit& edit, const Name& domain, const EditOptions& options);

// `old` with "2026-11-22 anna: <why>" behind it: --by, or the user; today in UTC.
std::string signed_note(const EditOptions& options, std::string_view old = {});

// Domains as people type them, each once. The error says which is none.
Result<std::vector<Name>> typed_domains(const std::vector<std::string>& texts);

// By its own "mode", or that of the domain it is an entry of. Requires edit.has(domain).
bool is_blocked(const PolicyEdit& edit, const Name& domain);

// Says so when `domain` is blocked, so that the change shows no effect yet.
void remark_when_blocked(const PolicyEdit& edit, const Name& domain, std::vector<std::string>& remarks);

// Why an SPF change of `domain` would take the SPF of the domain above it away from it; nothing
// when it has an "spf" of its own, or there is none to lose.
std::optional<Error> inherits_spf(const PolicyEdit& edit, const Name& domain);

// Shows what `edit` changes, checks it, and with --write writes it, by `write` where that is given. Gives the
// exit status: kFine; kFindings when the policies would be broken, or mail would be lost; kTrouble when nothing could
// be written.
int finish_edit(const std::string& command, const PolicyEdit& edit, const EditOptions& options,
                const std::vector<EditedDomain>& domains, const std::vector<std::string>& remarks,
                const std::function<std::optional<Error>()>& write = nullptr);

}  // namespace emailauth::cli
