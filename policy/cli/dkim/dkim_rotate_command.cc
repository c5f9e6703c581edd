#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "policy/cli/dkim/dkim_command.h"
#include "policy/cli/dkim/dkim_live.h"
#include "policy/cli/dkim/dkim_new_key.h"
#include "policy/cli/dkim/signer_lines.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/shown.h"
#include "policy/directory/policy_directory.h"

namespace emailauth::cli {

namespace dkim_rotate_command {

constexpr char kCommand[] = "dkim rotate";

struct Options {
  DkimEditOptions edit;
  ChosenResolvers resolvers;
  std::vector<std::string> domains;
  RotationRules rules;
  std::string key_folder;
  bool ttl_given = false;
};

// One run of the command over all its domains.
struct Run {
  const Options& options;
  RotationRules rules;
  DkimTask task;
  DkimLive live;
  std::vector<EditedDomain> done;
  std::vector<std::string> remarks;
  std::vector<std::string> refused;
  std::vector<NewKey> made;
  Shown signer_lines;
};

// Resolvers keep an answer, and its absence, as long as responder.json says.
Result<std::uint32_t> ttl_of(const std::string& directory, Day today) {
  PolicyDirectory policies(directory);
  const LoadReport& loaded = policies.reload(today);
  if (!loaded.responder) {
    return Error{loaded.diagnostics.empty() ? directory + ": contains no policies"
                                            : to_string(loaded.diagnostics.front())};
  }
  const auto& ttl = loaded.responder->snapshot().responder->policy.ttl;
  return std::max(ttl.static_records, ttl.negative);
}

std::string private_key_file(const Options& options, const Name& domain, const Name& selector) {
  return (std::filesystem::path(options.key_folder) / (domain.to_string() + "." + selector.to_string() + ".pem"))
      .string();
}

std::optional<Error> create(Run& run, DkimEdit& keys, const RotationStep& step) {
  if (run.options.key_folder.empty()) {
    run.refused.push_back(keys.domain().to_string() + ": the " + std::string(to_text(step.type)) +
                          " key is due and has no successor; name a folder for its private key with --key-dir");
    return std::nullopt;
  }
  DkimKey entry;
  entry.selector = new_selector(keys.keys(), step.type, run.task.today);
  entry.type = step.type;
  entry.sender = run.rules.sender;
  entry.state = DkimKeyState::pending;
  entry.created = run.task.today;
  const std::string file = private_key_file(run.options, keys.domain(), entry.selector);
  Result<NewKey> key = make_key(keys, std::move(entry), step.bits, file);
  if (!key) return key.error();
  run.done.push_back({keys.domain(),
                      fmt::format("gets the {} key {} of {} bits, pending; its private key is {}", to_text(step.type),
                                  in_quotes(key->entry.selector.to_string()), step.bits, file),
                      true});
  run.made.push_back(std::move(*key));
  return std::nullopt;
}

std::optional<Error> set_state(DkimEdit& keys, std::size_t key, const char* state, const char* date, Day today) {
  if (auto error = keys.set(key, "state", state)) return error;
  return keys.set(key, date, to_string(today));
}

std::optional<Error> take(Run& run, DkimEdit& keys, const RotationStep& step) {
  using Kind = RotationStep::Kind;
  if (step.kind == Kind::create) return create(run, keys, step);
  const DkimKey& key = keys.keys().at(step.key);
  const std::string name = in_quotes(key.selector.to_string());
  const Day today = run.task.today;
  const auto say = [&](std::string what) { run.done.push_back({keys.domain(), std::move(what), true}); };
  switch (step.kind) {
    case Kind::create: break;
    case Kind::note_visible:
      say("notes that " + name + " is visible in DNS");
      return keys.set(step.key, "visible_since", to_rfc3339(run.task.time));
    case Kind::forget_visible:
      say("notes that " + name + " is no longer visible in DNS");
      return keys.remove(step.key, "visible_since");
    case Kind::activate:
      say("signs with " + name + " from now on: switch the signer to it today");
      if (!run.options.key_folder.empty())
        run.signer_lines +=
            signer_lines(key, keys.domain(), private_key_file(run.options, keys.domain(), key.selector));
      return set_state(keys, step.key, "active", "active_from", today);
    case Kind::retire:
      say("signs with " + name + " no longer than today; it stays published");
      return set_state(keys, step.key, "retiring", "retire_after", today);
    case Kind::revoke:
      say("has revoked " + name + "; its private key can be deleted");
      return set_state(keys, step.key, "revoked", "revoked_on", today);
  }
  return std::nullopt;
}

std::optional<Error> rotate_one(Run& run, const std::string& domain) {
  Result<DkimEdit> keys = DkimEdit::open(run.task.edit, domain);
  if (!keys) return keys.error();
  const Name& name = keys->domain();
  if (is_blocked(run.task.edit, name)) {
    run.done.push_back({name, "is blocked and has nothing to do", false});
    return std::nullopt;
  }
  const auto look = [&](const DkimKey& key) { return run.live.look(key, name); };
  const RotationPlan plan = plan_rotation(keys->keys(), run.rules, run.task.time, look);
  for (const std::string& why : plan.waiting) run.remarks.push_back(name.to_string() + ": " + why);
  for (const std::string& why : plan.refused) run.refused.push_back(name.to_string() + ": " + why);
  const std::size_t before = run.done.size();
  for (const RotationStep& step : plan.steps) {
    if (auto error = take(run, *keys, step)) return error;
  }
  if (run.done.size() == before) {
    run.done.push_back({name, "has nothing to do", false});
    return std::nullopt;
  }
  return add_note(run.task.edit, name, run.options.edit);
}

int rotate(const Options& options) {
  Result<DkimTask> task = begin_task(options.edit);
  if (!task) return trouble(kCommand, task.error().message);
  Result<DkimLive> live = DkimLive::open(options.resolvers);
  if (!live) return trouble(kCommand, live.error().message);
  Run run{options, options.rules, std::move(*task), std::move(*live), {}, {}, {}, {}, {}};
  if (!options.ttl_given) {
    const Result<std::uint32_t> ttl = ttl_of(options.edit.policies.path, run.task.today);
    if (!ttl) return trouble(kCommand, ttl.error().message);
    run.rules.ttl = *ttl;
  }
  for (const std::string& domain : options.domains) {
    if (auto error = rotate_one(run, domain)) return trouble(kCommand, error->message);
  }
  const auto write = [&run] { return write_with_keys(run.task.edit, run.made); };
  const int status = finish_edit(kCommand, run.task.edit, options.edit, run.done, run.remarks, write);
  for (const std::string& why : run.refused) trouble(kCommand, why);
  if (status != kFine) return status;
  if (options.edit.write && !options.edit.json) print(run.signer_lines);
  return run.refused.empty() ? kFine : kFindings;
}

}  // namespace dkim_rotate_command

void add_dkim_rotate(CLI::App& dkim, Program& program) {
  using namespace dkim_rotate_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = dkim.add_subcommand("rotate", "Take the next step of replacing old keys");
  command->add_option("DOMAIN", options->domains, "The domains")->required();
  command->add_option("--key-dir", options->key_folder,
                      "Write private keys of successors to this folder, as DOMAIN.SELECTOR.pem, mode 0600");
  command->add_option("--max-age", options->rules.max_age, "Days after which a key is replaced")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
  command->add_option("--in-flight", options->rules.in_flight, "Days for which a mail may be on its way")
      ->check(CLI::Range(1, 365))
      ->capture_default_str();
  CLI::Option* ttl = command->add_option("--ttl", options->rules.ttl,
                                         "Seconds that resolvers keep an answer (unless set, as responder.json says)");
  command->add_option("--sender", options->rules.sender,
                      "Rotate the keys of this sender (unless given, those without a sender)");
  command->add_flag("--now", options->rules.at_once, "Replace keys whatever their age");
  program.add_resolvers(*command, options->resolvers);
  add_dkim_edit_options(program, *command, options->edit);
  command->footer(
      "For cron: each call takes the step that is due, or none. A key that is older than\n"
      "--max-age gets a successor (pending); when every --resolver has had that for a TTL it\n"
      "signs (active) and the old key stops (retiring); when the old key's last mails have\n"
      "arrived it is revoked. A step that would lose mail is refused, with the reason. Everything\n"
      "that it remembers is in the policy file. The signer must follow on the same day: switch\n"
      "it to the key that \"emailauth dkim list --json\" calls active. Keys that are a CNAME are\n"
      "rotated by whoever publishes their targets; each type of each sender has its own sequence.\n\n"
      "Examples:\n"
      "  emailauth dkim rotate example.com\n"
      "  emailauth dkim rotate example.com --key-dir /etc/dkimkeys --write\n"
      "  emailauth dkim rotate example.com --now --key-dir /etc/dkimkeys --write\n\n"
      "Exit status: 0 done, shown or nothing to do, 1 refused, 2 wrong usage or I/O.");
  program.on_call(*command, [options, ttl] {
    options->ttl_given = ttl->count() > 0;
    return rotate(*options);
  });
}

}  // namespace emailauth::cli
