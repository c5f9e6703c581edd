#include "policy/cli/dkim/dkim_command.h"

#include "policy/cli/options/command.h"
#include "policy/cli/terminal/clock.h"

namespace emailauth::cli {

void add_dkim_edit_options(Program& program, CLI::App& command, DkimEditOptions& options) {
  add_edit_options(program, command, options);
  add_at(command, options.at);
}

Result<DkimTask> begin_task(const DkimEditOptions& options) {
  const Result<std::int64_t> time = time_at(options.at);
  if (!time) return time.error();
  Result<PolicyEdit> edit = PolicyEdit::open(options.policies.path, day_of(*time));
  if (!edit) return edit.error();
  return DkimTask{*time, day_of(*time), std::move(*edit)};
}

void add_dkim(CLI::App& app, Program& program) {
  CLI::App* dkim = app.add_subcommand("dkim", "Create, list, rotate, revoke, import and check DKIM keys");
  dkim->require_subcommand(1);
  dkim->footer(
      "A key is pending (published, signs nothing yet), active (signs), retiring (published\n"
      "until its last mails have arrived) and revoked (\"v=DKIM1; p=\"). Dates do this by\n"
      "themselves: active_from is the first day on which it signs, retire_after the last, and from\n"
      "revoked_on on it is served as revoked. Without \"state\" the dates alone decide; with it\n"
      "they only move a key on, never back. Days begin at 00:00 UTC.\n\n"
      "Private keys are never written into a policy.");
  add_dkim_new(*dkim, program);
  add_dkim_list(*dkim, program);
  add_dkim_rotate(*dkim, program);
  add_dkim_revoke(*dkim, program);
  add_dkim_import(*dkim, program);
  add_dkim_check(*dkim, program);
}

}  // namespace emailauth::cli
