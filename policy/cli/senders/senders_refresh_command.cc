#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "policy/base/count.h"
#include "policy/cli/options/command.h"
#include "policy/cli/senders/sender_refresh.h"
#include "policy/cli/senders/senders_command.h"
#include "policy/cli/services/sender_files.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/cli/write/file_replace.h"
#include "policy/json/json_edit.h"

namespace emailauth::cli {

namespace senders_refresh_command {

constexpr char kCommand[] = "senders";

struct Options {
  ChosenPath policies;
  std::vector<std::string> ids;
  ChosenResolvers resolvers;
  unsigned timeout = 20;
  unsigned parallel = 8;
  double max_change = 50;
  bool force = false;
  bool dry_run = false;
  bool expect_no_changes = false;
  bool accept = false;
  bool quiet = false;
};

struct Counts {
  std::size_t changed = 0;
  std::size_t unchanged = 0;
  std::size_t failed = 0;
  std::size_t held = 0;
  std::size_t not_due = 0;
};

void print_failure(const std::string& id, const std::string& what) {
  print("{}: {}: {}\n", id, coloured("failed", Colour::red), what);
}

void print_change(const SenderChange& change) {
  const auto line = [](char sign, const std::string& text) {
    print("{}\n", coloured(fmt::format("  {} {}", sign, text), sign == '+' ? Colour::green : Colour::red));
  };
  std::vector<std::pair<IpPrefix, char>> networks;
  for (const IpPrefix& network : change.removed) networks.emplace_back(network, '-');
  for (const IpPrefix& network : change.added) networks.emplace_back(network, '+');
  std::sort(networks.begin(), networks.end());
  for (const auto& [network, sign] : networks) line(sign, network.to_string());
  for (const std::string& term : change.removed_terms) line('-', printable(term));
  for (const std::string& term : change.added_terms) line('+', printable(term));
}

std::string summary_of(const SenderChange& change) {
  std::string out =
      fmt::format("{} added, {} removed", count_of(change.added.size(), "network"), change.removed.size());
  const std::size_t terms = change.added_terms.size() + change.removed_terms.size();
  if (terms > 0) out += ", " + count_of(terms, "pass-through term") + " changed";
  return out;
}

// Returns the file with its new "resolved", after the loader has checked it.
Result<bool> write(const Refreshed& one) {
  Result<std::string> text = set_json_value(one.file->content.text, "/resolved", to_json_text(*one.found));
  if (!text) return Error{one.file->relative + ": " + text.error().message};
  const Result<SenderPolicy> checked = check_sender_text(one.file->relative, *text);
  if (!checked) return checked.error();
  return replace_sender_file(*one.file, *text);
}

void apply(const Refreshed& one, const Options& options, Counts& counts) {
  const std::string& id = one.file->policy.id;
  for (const std::string& warning : one.warnings) print("{}: {}\n", id, warning);
  if (!one.found) {
    const std::string& at = one.file->policy.resolved_at;
    print_failure(
        id, one.failure + (at.empty() ? "; it has no networks yet" : "; the networks of " + at + " stay in service"));
    ++counts.failed;
    return;
  }
  const auto hold = options.accept ? std::nullopt : reason_to_hold(one.change, options.max_change);
  if (hold) {
    print("{}: {}: {}; look at the list, then run with --accept and this name\n", id,
          coloured("held back", Colour::yellow), *hold);
    print_change(one.change);
    ++counts.held;
    return;
  }
  if (!options.dry_run) {
    const Result<bool> written = write(one);
    if (!written) {
      print_failure(id, written.error().message);
      ++counts.failed;
      return;
    }
  }
  ++(one.change.empty() ? counts.unchanged : counts.changed);
  if (one.change.empty()) return;
  print("{}: {}\n", id, summary_of(one.change));
  print_change(one.change);
}

// Returns the files to resolve; a file with errors is named and counts as failed.
Result<std::vector<const SenderFile*>> choose(const std::vector<SenderFile>& files, const Options& options,
                                              std::int64_t now, Counts& counts) {
  if (const auto unknown = unknown_sender(files, options.ids)) return *unknown;
  std::vector<const SenderFile*> out;
  const bool all = options.force || (options.accept && !options.ids.empty());  // whoever accepts has just seen the diff
  for (const SenderFile& file : files) {
    const std::string& id = file.policy.id;
    if (!options.ids.empty() && std::find(options.ids.begin(), options.ids.end(), id) == options.ids.end()) continue;
    if (!file.error.empty()) {
      print_failure(id, file.error);
      ++counts.failed;
    } else if (file.policy.spf.empty()) {
      continue;
    } else if (!all && !is_due(file.policy, now)) {
      ++counts.not_due;
    } else {
      out.push_back(&file);
    }
  }
  return out;
}

void print_summary(const Counts& counts, std::size_t asked) {
  print("{} asked: {} changed, {} unchanged, {} failed, {} held back; {} not due\n", asked, counts.changed,
        counts.unchanged, counts.failed, counts.held, counts.not_due);
}

int refresh(const Options& options) {
  const Result<Folder> folder = open_senders(options.policies.path);
  if (!folder) return trouble(kCommand, folder.error().message);
  const Result<std::vector<SenderFile>> files = load_senders(*folder);
  if (!files) return trouble(kCommand, files.error().message);
  std::optional<FolderLock> lock;
  if (const auto senders = folder->beneath("senders")) lock.emplace(*senders);
  if (!options.dry_run && (!lock || !lock->holds())) {
    return trouble(
        kCommand,
        options.policies.path + "/senders: another refresh is running here, or the folder is missing; try again later");
  }
  RefreshOptions how;
  how.resolver = options.resolvers.together(std::chrono::seconds(options.timeout));
  how.resolver.question_time = std::min(how.resolver.question_time, how.resolver.total_time);
  how.parallel = options.parallel;
  how.now = now();
  how.progress = isatty(STDERR_FILENO) == 1;
  if (const auto usable = UnboundResolver::open(how.resolver); !usable)
    return trouble(kCommand, usable.error().message);
  Counts counts;
  const auto chosen = choose(*files, options, how.now, counts);
  if (!chosen) return trouble(kCommand, chosen.error().message);
  for (const Refreshed& one : ask_for_senders(*chosen, how)) apply(one, options, counts);
  const bool news = counts.changed + counts.failed + counts.held > 0;
  if (news || !options.quiet) print_summary(counts, chosen->size());
  const bool unexpected = options.expect_no_changes && counts.changed > 0;
  return counts.failed + counts.held > 0 || unexpected ? kFindings : kFine;
}

void add_common(Program& program, CLI::App& command, Options& options) {
  command.add_option("ID", options.ids, "Only these senders");
  program.add_policies(command, options.policies);
  program.add_resolvers(command, options.resolvers);
  command.add_option("--timeout", options.timeout, "Seconds for one look-up of a sender; a change takes two")
      ->capture_default_str()
      ->check(CLI::Range(1, 600));
  command.add_option("--parallel", options.parallel, "Senders resolved at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command
      .add_option("--max-change", options.max_change,
                  "Hold back a change of more than this share of the addresses (percent)")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000));
}

}  // namespace senders_refresh_command

void add_senders_refresh(CLI::App& senders, Program& program) {
  using namespace senders_refresh_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = senders.add_subcommand("refresh", "Resolve the SPF terms of senders, and write their networks");
  add_common(program, *command, *options);
  command->add_flag("--force", options->force, "Also resolve senders that are not due");
  command->add_flag("--dry-run", options->dry_run, "Show the changes and write nothing");
  command->add_flag("--expect-no-changes", options->expect_no_changes,
                    "A changed network is a finding (exit status 1)");
  command->add_flag("--quiet", options->quiet, "Print nothing if nothing has changed, failed or is held back");
  command->add_flag("--accept", options->accept,
                    "Write changes that were held back; named senders are resolved even if they are not due");
  command->footer(
      "Resolves senders whose answers have outlived their TTL (at least 1 hour, at most 7\n"
      "days) and replaces \"resolved\" in their files, nothing else. A sender that fails\n"
      "keeps its last good networks. A change counts only if a second look-up finds the\n"
      "same. A sender that gains or loses many addresses, or a term that only a receiver\n"
      "can evaluate, is held back until --accept.\n\n"
      "Examples:\n"
      "  emailauth senders refresh\n"
      "  emailauth senders refresh sendgrid --accept\n\n"
      "Exit status: 0 fine, 1 a sender failed or is held back, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return refresh(*options); });
}

void add_senders_diff(CLI::App& senders, Program& program) {
  using namespace senders_refresh_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = senders.add_subcommand("diff", "Show what refresh would change now");
  add_common(program, *command, *options);
  command->footer(
      "Resolves every sender, due or not, and writes nothing.\n\n"
      "Examples:\n"
      "  emailauth senders diff sendgrid\n\n"
      "Exit status: 0 no changes, 1 changes or failures, 2 wrong usage or I/O.");
  program.on_call(*command, [options] {
    options->force = options->dry_run = options->expect_no_changes = true;
    return refresh(*options);
  });
}

}  // namespace emailauth::cli
