#include "policy/cli/edit/edit_command.h"
#include "policy/base/count.h"
#include "policy/cli/terminal/clock.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "policy/base/command_line.h"
#include "policy/base/line_diff.h"
#include "policy/cli/options/command.h"
#include "policy/cli/reports/replay_run.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/progress.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/cli/write/edited_text.h"
#include "policy/net/domain_text.h"
#include "policy/senders/sender_resolution.h"

namespace emailauth::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string user() {
  if (const char* sudo = std::getenv("SUDO_USER"); sudo != nullptr && *sudo != '\0') return sudo;
  const passwd* entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : "uid " + std::to_string(getuid());
}

Shown coloured_diff(std::string_view diff) {
  Shown out;
  while (!diff.empty()) {
    const std::size_t end = std::min(diff.find('\n'), diff.size() - 1);
    const bool with_return = diff.substr(0, end).ends_with('\r');
    const Shown line = Shown::lines(diff.substr(0, with_return ? end - 1 : end));
    const std::string& text = line.text();
    if (text.starts_with("---") || text.starts_with("+++") || text.starts_with("@@"))
      out += coloured(line, Colour::bold);
    else if (text.starts_with('+') || text.starts_with('-'))
      out += coloured(line, text.front() == '+' ? Colour::green : Colour::red);
    else
      out += line;
    out += Shown::lines(with_return ? "\r\n" : "\n");
    diff.remove_prefix(end + 1);
  }
  return out;
}

std::string diff_of(const FileChange& change) {
  return unified_diff(change.file, change.before, change.after, change.created);
}

Json findings_of(const EditCheck& check) {
  Json out = Json::array();
  for (const Diagnostics* list : {&check.errors, &check.warnings, &check.broken}) {
    for (const Diagnostic& d : *list) {
      out.push_back({{"severity", to_text(d.severity)},
                     {"file", d.file},
                     {"line", d.line},
                     {"pointer", d.pointer},
                     {"message", d.message}});
    }
  }
  return out;
}

std::string files_of(const std::vector<FileChange>& changes) {
  constexpr std::size_t kNamed = 3;
  std::string out;
  for (std::size_t i = 0; i < std::min(changes.size(), kNamed); ++i) out += (i == 0 ? "" : ", ") + changes[i].file;
  if (changes.size() > kNamed) out += " and " + count_of(changes.size() - kNamed, "more file");
  return out;
}

// What finish_edit() finds out about an edit before writing it.
struct Foreseen {
  EditCheck check;
  std::vector<report::Replay> harm;
};

void print_json(const std::vector<FileChange>& changes, const Foreseen& foreseen,
                const std::vector<EditedDomain>& domains, const std::vector<std::string>& remarks, bool written) {
  Json out{{"changed", !changes.empty()}, {"written", written}, {"domains", Json::array()}};
  for (const EditedDomain& one : domains) {
    out["domains"].push_back({{"domain", one.domain.to_string()}, {"changed", one.changed}, {"what", one.what}});
  }
  out["files"] = Json::array();
  for (const FileChange& change : changes) {
    out["files"].push_back({{"file", change.file}, {"created", change.created}, {"diff", diff_of(change)}});
  }
  out["findings"] = findings_of(foreseen.check);
  out["lost"] = Json::array();
  for (const report::Replay& replay : foreseen.harm) out["lost"].push_back(json_of(replay));
  out["remarks"] = remarks;
  print("{}\n", shown_json(out));
}

// Prints one line per domain; for many domains, how many change.
void print_domains(const std::vector<EditedDomain>& domains) {
  constexpr std::size_t kNamed = 10;
  std::size_t changed = 0;
  for (const EditedDomain& one : domains) {
    if (one.changed) ++changed;
    if (domains.size() <= kNamed) print("{} {}\n", one.domain.to_string(), one.what);
  }
  if (domains.size() > kNamed) {
    print("{} domains: {} to change, {} as they should be\n", domains.size(), changed, domains.size() - changed);
  }
}

Result<Foreseen> foresee(const PolicyEdit& edit, const EditOptions& options, const std::vector<EditedDomain>& domains) {
  Foreseen out;
  {
    const Busy busy("checking " + options.policies.path);
    out.check = edit.check();
  }
  if (options.reports.path.empty() || options.even_so || !out.check.good()) return out;
  const Busy busy("trying it on the reports in " + options.reports.path);
  std::vector<Name> changed;
  for (const EditedDomain& one : domains) {
    if (one.changed) changed.push_back(one.domain);
  }
  Result<std::vector<report::Replay>> harm = harm_of(edit, changed, options.reports.path, options.catalogue.path);
  if (!harm) return Error{harm.error().message + "; --even-so continues without reports"};
  out.harm = std::move(*harm);
  return out;
}

// Prints what would be lost, by service and volume.
void print_harm(const std::string& command, const EditOptions& options, const std::vector<report::Replay>& harm) {
  for (const report::Replay& replay : harm) {
    complain("emailauth {}: {}, {} to {}: legitimate mail would be lost\n", command, replay.domain,
             to_string(replay.since), to_string(replay.until));
    for (const report::ReplayedSource& source : replay.sources) {
      if (source.is_harmed({})) complain("  {}", lines_of(source));
    }
  }
  CommandLine advise({"emailauth", "advise"});
  advise.operand(harm.front().domain);
  if (options.reports.command_line) advise.option("--reports", options.reports.path);
  complain("emailauth {}: nothing was written; fix that first, or add --even-so: {}\n", command,
           in_directory(advise, options.policies.named()).text());
}

}  // namespace

void add_replay_options(Program& program, CLI::App& command, EditOptions& options) {
  program.add_reports(command, options.reports, Need::if_there);
  program.add_catalogue(command, options.catalogue, Need::if_there);
  command.add_flag("--even-so", options.even_so, "Do it even if legitimate mail would be lost");
}

void add_edit_options(Program& program, CLI::App& command, EditOptions& options) {
  program.add_policies(command, options.policies);
  command.add_flag("--write", options.write, "Write it; without, the change is only shown");
  CLI::Option* note =
      command.add_option("--note", options.note, "Why: kept in the policy, with your name and the date");
  command.add_option("--by", options.by, "Who, if it is not the user who runs this")->needs(note);
  add_json(command, options.json, "the change");
}

Result<PolicyEdit> open_edit(const EditOptions& options) {
  const Busy busy("reading " + options.policies.path);
  return PolicyEdit::open(options.policies.path);
}

std::string signed_note(const EditOptions& options, std::string_view old) {
  const std::string date = to_string(day_of(now()));
  return note_after(old, date, options.by.empty() ? user() : options.by, options.note);
}

std::optional<Error> add_note(PolicyEdit& edit, const Name& domain, const EditOptions& options) {
  if (options.note.empty()) return std::nullopt;
  const JsonValue now = edit.value(domain);
  const JsonValue* old = now.find("note");
  return edit.set(domain, "/note", json_text(signed_note(options, old != nullptr ? old->text : "")));
}

Result<std::vector<Name>> typed_domains(const std::vector<std::string>& texts) {
  std::vector<Name> out;
  for (const std::string& text : texts) {
    const Result<Name> domain = parse_typed_domain(text);
    if (!domain) return domain.error();
    if (std::find(out.begin(), out.end(), *domain) == out.end()) out.push_back(*domain);
  }
  return out;
}

void remark_when_blocked(const PolicyEdit& edit, const Name& domain, std::vector<std::string>& remarks) {
  if (!is_blocked(edit, domain)) return;
  remarks.push_back(domain.to_string() + " is blocked: this counts from the day it is unblocked");
}

bool is_blocked(const PolicyEdit& edit, const Name& domain) {
  const JsonValue object = edit.value(domain);
  if (const JsonValue* mode = object.find("mode")) return mode->text == "blocked";
  return edit.place(domain)->subdomain && is_blocked(edit, *edit.parent_of(domain));
}

std::optional<Error> inherits_spf(const PolicyEdit& edit, const Name& domain) {
  const std::optional<Name> parent = edit.parent_of(domain);
  if (!parent || edit.value(*parent).find("spf") == nullptr) return std::nullopt;
  if (edit.has(domain) && (!edit.place(domain)->subdomain || edit.value(domain).find("spf") != nullptr))
    return std::nullopt;
  return Error{in_quotes(domain.to_string()) + " has no \"spf\" of its own, and the \"spf\" that " +
               in_quotes(parent->to_string()) +
               " has may apply to it; change that one, or write an \"spf\" for it first"};
}

int finish_edit(const std::string& command, const PolicyEdit& edit, const EditOptions& options,
                const std::vector<EditedDomain>& domains, const std::vector<std::string>& remarks,
                const std::function<std::optional<Error>()>& write) {
  const std::vector<FileChange> changes = edit.changes();
  Result<Foreseen> foreseen = changes.empty() ? Foreseen{} : foresee(edit, options, domains);
  if (!foreseen) return trouble(command, foreseen.error().message);
  const EditCheck& check = foreseen->check;
  std::optional<Error> failed;
  const bool writes = options.write && check.good() && foreseen->harm.empty() && !changes.empty();
  if (!options.json) {
    for (const FileChange& change : changes) print(coloured_diff(diff_of(change)));
    print_domains(domains);
    for (const std::string& remark : remarks) print("note: {}\n", remark);
    std::fflush(stdout);
  }
  for (const Diagnostics* list : {&check.errors, &check.warnings, &check.broken}) {
    for (const Diagnostic& d : *list) complain("{}\n", to_string(d));
  }
  if (writes) failed = write ? write() : edit.write();
  if (options.json) print_json(changes, *foreseen, domains, remarks, writes && !failed);
  if (failed) return trouble(command, failed->message);
  if (!check.good()) {
    complain("emailauth {}: this would break the policies; nothing was written\n", command);
    return kFindings;
  }
  if (!foreseen->harm.empty()) {
    print_harm(command, options, foreseen->harm);
    return kFindings;
  }
  if (!check.broken.empty()) {
    complain("emailauth {}: until these errors are fixed, the server continues with what it loaded before\n", command);
  }
  if (options.json || changes.empty()) return kFine;
  if (writes)
    print("written: {}\n", files_of(changes));
  else
    print("nothing was written: use --write\n");
  return kFine;
}

}  // namespace emailauth::cli
