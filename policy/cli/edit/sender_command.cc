// `emailauth sender enable` and `emailauth sender disable`.
#include <fmt/format.h>

#include <algorithm>

#include "policy/base/command_line.h"
#include "policy/cli/edit/edit_command.h"
#include "policy/cli/options/command.h"
#include "policy/cli/services/sender_files.h"
#include "policy/cli/write/edited_text.h"
#include "policy/json/policy_node.h"

namespace emailauth::cli {

namespace sender_command {

struct Options {
  EditOptions edit;
  std::vector<std::string> words;  // domains, then the sender
};

struct Run {
  const Options& options;
  std::string sender;
  PolicyEdit edit;
  std::vector<EditedDomain> done;
  std::vector<std::string> remarks;
};

std::vector<std::string> senders_of(const PolicyEdit& edit, const Name& domain) {
  const JsonValue object = edit.value(domain);
  std::vector<std::string> out;
  if (const JsonValue* list = value_at(object, "/spf/senders")) {
    for (const JsonValue& item : list->items) out.push_back(item.text);
  }
  return out;
}

bool has_keys_of(const JsonValue& object, const std::string& sender) {
  const JsonValue* keys = value_at(object, "/dkim/keys");
  if (keys == nullptr) return false;
  return std::any_of(keys->items.begin(), keys->items.end(), [&](const JsonValue& key) {
    const JsonValue* whose = key.find("sender");
    return whose != nullptr && whose->text == sender;
  });
}

CommandLine senders_command(std::string_view verb, const Run& run) {
  return in_directory(CommandLine({"emailauth", "senders", verb}).operand(run.sender),
                      run.options.edit.policies.named());
}

// Returns the sender's file, or why there is none and where to get it.
Result<SenderFile> find_sender(const Run& run) {
  const Result<std::vector<SenderFile>> files = load_senders(run.edit.root());
  if (!files) return files.error();
  for (const SenderFile& file : *files) {
    if (file.policy.id == run.sender) return file;
  }
  const ChosenPath& catalogue = run.options.edit.catalogue;
  if (!catalogue.path.empty()) {
    const Result<std::vector<SenderFile>> shipped = load_senders(catalogue.path);
    const auto same = [&](const SenderFile& file) { return file.policy.id == run.sender; };
    if (shipped && std::any_of(shipped->begin(), shipped->end(), same)) {
      CommandLine add = senders_command("add", run);
      if (catalogue.command_line) add.option("--catalogue", catalogue.path);
      return Error{"there is no sender " + in_quotes(run.sender) +
                   " in senders/ yet; copy it from the catalogue: " + add.text()};
    }
  }
  const std::optional<Error> unknown = unknown_sender(*files, {run.sender});
  return unknown ? *unknown : Error{"there is no sender " + in_quotes(run.sender)};
}

std::optional<Error> enable(Run& run, const Name& domain) {
  if (const auto inherited = inherits_spf(run.edit, domain)) return inherited;
  const Result<DomainPlace> place = run.edit.place(domain);
  if (!place) return place.error();
  const std::vector<std::string> senders = senders_of(run.edit, domain);
  if (std::find(senders.begin(), senders.end(), run.sender) != senders.end()) {
    run.done.push_back({domain, "uses " + run.sender + " already", false});
    return std::nullopt;
  }
  if (auto error = run.edit.set(domain, "/spf/senders/-", json_text(run.sender))) return error;
  run.done.push_back({domain, "uses " + run.sender, true});
  remark_when_blocked(run.edit, domain, run.remarks);
  return add_note(run.edit, domain, run.options.edit);
}

std::optional<Error> disable(Run& run, const Name& domain) {
  const Result<DomainPlace> place = run.edit.place(domain);
  if (!place) return place.error();
  const std::vector<std::string> senders = senders_of(run.edit, domain);
  const auto at = std::find(senders.begin(), senders.end(), run.sender);
  if (at == senders.end()) {
    const auto meant = nearest(run.sender, {senders.begin(), senders.end()});
    const std::string has = senders.empty() ? "it uses none" : "it uses " + word_list({senders.begin(), senders.end()});
    return Error{domain.to_string() + " does not use the sender " + in_quotes(run.sender) + "; " +
                 (meant ? "did you mean " + in_quotes(*meant) + "?" : has)};
  }
  const std::string pointer = "/spf/senders/" + std::to_string(at - senders.begin());
  if (auto error = run.edit.remove(domain, pointer)) return error;
  run.done.push_back({domain, "no longer uses " + run.sender, true});
  if (has_keys_of(run.edit.value(domain), run.sender)) {
    run.remarks.push_back(domain.to_string() + " still has DKIM keys of " + run.sender +
                          ": mail that it signs passes DMARC until they are revoked");
  }
  remark_when_blocked(run.edit, domain, run.remarks);
  return add_note(run.edit, domain, run.options.edit);
}

void remark_on_sender(Run& run, const SenderFile& file) {
  const SenderPolicy& sender = file.policy;
  if (!sender.spf.empty() && sender.resolved_at.empty() && sender.networks.empty()) {
    run.remarks.push_back(run.sender + " has no networks yet; resolve them: " + senders_command("refresh", run).text());
  }
  if (sender.dkim_selectors.empty() || !sender.aligns_dkim) return;
  for (const EditedDomain& one : run.done) {
    if (!one.changed || has_keys_of(run.edit.value(one.domain), run.sender)) continue;
    run.remarks.push_back(
        fmt::format("{} has no DKIM key of {}, which signs with selectors such as {}: put that into the policy, too",
                    one.domain.to_string(), run.sender, fmt::join(sender.dkim_selectors, ", ")));
  }
}

int run_all(const Options& options, bool enables) {
  const std::string command = enables ? "sender enable" : "sender disable";
  std::vector<std::string> texts = options.words;
  if (texts.size() < 2) return trouble(command, "name a domain and a sender, such as \"example.com sendgrid\"");
  const std::string sender = texts.back();
  texts.pop_back();
  const Result<std::vector<Name>> domains = typed_domains(texts);
  if (!domains) return trouble(command, domains.error().message);
  Result<PolicyEdit> edit = open_edit(options.edit);
  if (!edit) return trouble(command, edit.error().message);
  Run run{options, sender, std::move(*edit), {}, {}};
  std::optional<SenderFile> file;
  if (enables) {
    Result<SenderFile> found = find_sender(run);
    if (!found) return trouble(command, found.error().message);
    file = std::move(*found);
  }
  for (const Name& domain : *domains) {
    const auto error = enables ? enable(run, domain) : disable(run, domain);
    if (error) return trouble(command, error->message);
  }
  if (file) remark_on_sender(run, *file);
  return finish_edit(command, run.edit, options.edit, run.done, run.remarks);
}

void add_one(CLI::App& sender, const char* name, const char* what, const char* footer, bool enables, Program& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = sender.add_subcommand(name, what);
  command->add_option("DOMAIN|SENDER", options->words, "Domains or subdomains, then the sender, such as sendgrid")
      ->required();
  add_edit_options(program, *command, options->edit);
  if (enables)
    program.add_catalogue(*command, options->edit.catalogue, Need::if_there);
  else
    add_replay_options(program, *command, options->edit);
  command->footer(footer);
  program.on_call(*command, [options, enables] { return run_all(*options, enables); });
}

}  // namespace sender_command

void add_sender(CLI::App& app, Program& program) {
  using namespace sender_command;
  CLI::App* sender = app.add_subcommand("sender", "Let domains use a sending service, or no longer");
  sender->require_subcommand(1);
  add_one(*sender, "enable", "Let domains send through a service of senders/",
          "Examples:\n"
          "  emailauth sender enable example.com mailchimp\n"
          "  emailauth sender enable example.com bakery.example mailgun --note \"ticket 4711\" --write\n\n"
          "Exit status: 0 done or shown, 1 the policies would be broken, 2 wrong usage or I/O.",
          true, program);
  add_one(*sender, "disable", "Stop domains from using a service",
          "If reports show that legitimate mail would be lost, nothing is written.\n\n"
          "Examples:\n"
          "  emailauth sender disable example.com sendgrid\n"
          "  emailauth sender disable example.com sendgrid --note \"contract ended\" --write\n\n"
          "Exit status: 0 done or shown, 1 the policies would be broken or\n"
          "legitimate mail lost, 2 wrong usage or I/O.",
          false, program);
}

}  // namespace emailauth::cli
