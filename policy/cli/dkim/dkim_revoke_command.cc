#include <algorithm>
#include <memory>

#include "policy/base/command_line.h"
#include "policy/cli/dkim/dkim_command.h"
#include "policy/cli/options/command.h"
#include "policy/net/domain_text.h"

namespace emailauth::cli {

namespace dkim_revoke_command {

constexpr char kCommand[] = "dkim revoke";

struct Options {
  DkimEditOptions edit;
  std::string domain;
  std::string selector;
};

std::optional<Error> revoke_key(DkimEdit& keys, std::size_t index, Day today) {
  const DkimKey& key = keys.keys().at(index);
  // Removes planned dates, which no longer apply.
  for (const auto& [member, day] :
       {std::pair("active_from", key.active_from), std::pair("retire_after", key.retire_after)}) {
    if (!day || *day <= today) continue;
    if (auto error = keys.remove(index, member)) return error;
  }
  if (auto error = keys.set(index, "state", "revoked")) return error;
  return keys.set(index, "revoked_on", to_string(today));
}

int revoke(const Options& options) {
  Result<DkimTask> task = begin_task(options.edit);
  if (!task) return trouble(kCommand, task.error().message);
  Result<DkimEdit> keys = DkimEdit::open(task->edit, options.domain);
  if (!keys) return trouble(kCommand, keys.error().message);
  const Result<Name> selector = parse_selector(options.selector);
  if (!selector) return trouble(kCommand, selector.error().message);
  const std::string name = in_quotes(selector->to_string());
  const std::optional<std::size_t> index = keys->find(*selector);
  if (!index) {
    const CommandLine list = CommandLine({"emailauth", "dkim", "list"}).operand(keys->domain().to_string());
    return trouble(kCommand, keys->domain().to_string() + " has no key " + name +
                                 "; to see which it has: " + in_directory(list, options.edit.policies.named()).text());
  }
  std::vector<EditedDomain> done;
  std::vector<std::string> remarks;
  if (state_on(keys->keys()[*index], task->today) == DkimKeyState::revoked) {
    done.push_back({keys->domain(), "has revoked " + name + " already", false});
    return finish_edit(kCommand, task->edit, options.edit, done, remarks);
  }
  if (auto error = revoke_key(*keys, *index, task->today)) return trouble(kCommand, error->message);
  if (auto error = add_note(task->edit, keys->domain(), options.edit)) return trouble(kCommand, error->message);
  done.push_back({keys->domain(), "revokes " + name, true});
  remarks.push_back("mail that is signed with " + name + ", and has not arrived yet, fails DKIM within a TTL");
  const auto signs = [&](const DkimKey& key) {
    return key.selector != *selector && state_on(key, task->today) == DkimKeyState::active;
  };
  if (std::none_of(keys->keys().begin(), keys->keys().end(), signs))
    remarks.push_back("no other key of " + keys->domain().to_string() + " is active");
  return finish_edit(kCommand, task->edit, options.edit, done, remarks);
}

}  // namespace dkim_revoke_command

void add_dkim_revoke(CLI::App& dkim, Program& program) {
  using namespace dkim_revoke_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = dkim.add_subcommand("revoke", "Revoke a key today, such as one whose private half has leaked");
  command->add_option("DOMAIN", options->domain, "The domain")->required();
  command->add_option("SELECTOR", options->selector, "The selector of the key")->required();
  add_dkim_edit_options(program, *command, options->edit);
  command->footer(
      "The selector is served as \"v=DKIM1; p=\" from then on, even if it was a CNAME. To\n"
      "replace a key without losing mail use \"emailauth dkim rotate\".\n\n"
      "Examples:\n"
      "  emailauth dkim revoke example.com s1\n"
      "  emailauth dkim revoke example.com s1 --note \"leaked, ticket 4711\" --write\n\n"
      "Exit status: 0 done or shown, 1 the policies would be broken, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return revoke(*options); });
}

}  // namespace emailauth::cli
