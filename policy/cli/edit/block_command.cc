// `emailauth block` and `emailauth unblock`.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "policy/base/text.h"
#include "policy/cli/edit/edit_command.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/list_file.h"
#include "policy/cli/write/edited_text.h"
#include "policy/net/domain_text.h"

namespace emailauth::cli {

namespace block_command {

struct Options {
  EditOptions edit;
  std::vector<std::string> domains;
  std::string file;
  std::string into;
};

struct NamedDomain {
  Name domain;
  std::string place;  // "parked.txt:7"; "" on the command line
};

// One domain per line; "#" begins a comment.
Result<bool> read_domains(const std::string& file, std::vector<NamedDomain>& out) {
  const Result<std::vector<ListedLine>> lines = read_list(file);
  if (!lines) return Error{"--file " + in_quotes(file) + " cannot be read; name a file with one domain per line"};
  for (const ListedLine& line : *lines) {
    const std::string text = line.text.substr(0, line.text.find('#'));
    const std::string place = file + ":" + std::to_string(line.number);
    const Result<Name> domain = parse_typed_domain(trimmed(text));
    if (!domain) return Error{place + ": " + domain.error().message};
    out.push_back({*domain, place});
  }
  return true;
}

// Returns each domain once, in the given order.
Result<std::vector<NamedDomain>> domains_of(const Options& options) {
  std::vector<NamedDomain> named;
  for (const std::string& text : options.domains) {
    const Result<Name> domain = parse_typed_domain(text);
    if (!domain) return domain.error();
    named.push_back({*domain, ""});
  }
  if (!options.file.empty()) {
    const Result<bool> read = read_domains(options.file, named);
    if (!read) return read.error();
  }
  std::set<Name> seen;
  std::vector<NamedDomain> out;
  for (NamedDomain& one : named) {
    if (seen.insert(one.domain).second) out.push_back(std::move(one));
  }
  if (out.empty()) return Error{"name a domain, or a list of domains with --file"};
  return out;
}

// Returns the object of a domain that has no policy yet.
std::string new_object(const Name& domain, const EditOptions& options) {
  std::string out = "{\"domain\": " + json_text(domain.to_string()) + ", \"mode\": \"blocked\"";
  if (!options.note.empty()) out += ", \"note\": " + json_text(signed_note(options));
  return out + "}";
}

struct Run {
  const Options& options;
  PolicyEdit edit;
  std::vector<EditedDomain> done;
  std::vector<std::string> remarks;
};

// Adds a domain without a policy: an entry below its parent, or a new one in --into.
std::optional<Error> block_new(Run& run, const NamedDomain& one) {
  const Options& options = run.options;
  if (run.edit.is_known(one.domain)) return run.edit.place(one.domain).error();
  if (!options.into.empty()) {
    if (auto error = run.edit.add_domain(one.domain, options.into, new_object(one.domain, options.edit))) return error;
  } else if (run.edit.parent_of(one.domain)) {
    std::string object = "{\"mode\": \"blocked\"";
    if (!options.edit.note.empty()) object += ", \"note\": " + json_text(signed_note(options.edit));
    if (auto error = run.edit.add_subdomain(one.domain, object + "}")) return error;
  } else {
    return Error{run.edit.place(one.domain).error().message +
                 "; to block a domain without policy say where: --into domains/parked.jsonl"};
  }
  run.done.push_back({one.domain, "is blocked: a new entry", true});
  return std::nullopt;
}

std::optional<Error> set_mode(Run& run, const Name& domain, bool blocked) {
  if (is_blocked(run.edit, domain) == blocked) {
    run.done.push_back({domain, blocked ? "is already blocked" : "is not blocked", false});
    return std::nullopt;
  }
  if (auto error = run.edit.set(domain, "/mode", blocked ? "\"blocked\"" : "\"sending\"")) return error;
  if (auto error = add_note(run.edit, domain, run.options.edit)) return error;
  run.done.push_back({domain, blocked ? "is blocked" : "is sending again", true});
  return std::nullopt;
}

// Remarks entries below a blocked domain that still say that they send.
void remark_on_subdomains(Run& run, const Name& domain) {
  const JsonValue object = run.edit.value(domain);
  const JsonValue* subdomains = object.find("subdomains");
  if (subdomains == nullptr) return;
  for (const JsonMember& entry : subdomains->members) {
    const JsonValue* mode = entry.value.find("mode");
    if (mode == nullptr || mode->text != "sending") continue;
    run.remarks.push_back(entry.key + "." + domain.to_string() + " continues to send: its entry has its own mode");
  }
}

void remark_on_what_it_sends(Run& run, const Name& domain) {
  const JsonValue object = run.edit.value(domain);
  if (object.find("spf") == nullptr && !run.edit.place(domain)->subdomain) {
    run.remarks.push_back(domain.to_string() +
                          " has no \"spf\": until it does, receivers that query find no such domain");
  }
  if (object.find("dmarc") == nullptr && !run.edit.place(domain)->subdomain) {
    run.remarks.push_back(domain.to_string() + " has no \"dmarc\": until it does, its mail has no policy");
  }
}

std::optional<Error> block_one(Run& run, const NamedDomain& one) {
  if (!run.edit.has(one.domain)) return block_new(run, one);
  if (auto error = set_mode(run, one.domain, true)) return error;
  remark_on_subdomains(run, one.domain);
  return std::nullopt;
}

std::optional<Error> unblock_one(Run& run, const NamedDomain& one) {
  const Result<DomainPlace> place = run.edit.place(one.domain);
  if (!place) return place.error();
  if (auto error = set_mode(run, one.domain, false)) return error;
  if (run.done.back().changed) remark_on_what_it_sends(run, one.domain);
  return std::nullopt;
}

int run_all(const Options& options, const std::string& command,
            std::optional<Error> (*change)(Run&, const NamedDomain&)) {
  const Result<std::vector<NamedDomain>> domains = domains_of(options);
  if (!domains) return trouble(command, domains.error().message);
  Result<PolicyEdit> edit = open_edit(options.edit);
  if (!edit) return trouble(command, edit.error().message);
  Run run{options, std::move(*edit), {}, {}};
  for (const NamedDomain& one : *domains) {
    const std::optional<Error> error = change(run, one);
    if (error) return trouble(command, (one.place.empty() ? "" : one.place + ": ") + error->message);
  }
  return finish_edit(command, run.edit, options.edit, run.done, run.remarks);
}

void add_domains(CLI::App& command, Options& options) {
  command.add_option("DOMAIN", options.domains, "A domain or subdomain; U-labels are converted");
  command.add_option("--file", options.file, "Domains from this file too, one per line; - is standard input");
}

}  // namespace block_command

void add_block(CLI::App& app, Program& program) {
  using namespace block_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("block", "Let domains send no mail: SPF -all, DMARC reject, no DKIM key");
  add_domains(*command, *options);
  command->add_option("--into", options->into, "Domains without a policy get one in this file of the directory");
  add_edit_options(program, *command, options->edit);
  command->footer(
      "Sets \"mode\": \"blocked\". The rest of the policy is kept for the day it is unblocked.\n"
      "All domains are changed, or none.\n\n"
      "Examples:\n"
      "  emailauth block example.net\n"
      "  emailauth block example.net news.example.com --note \"ticket 4711\" --write\n"
      "  emailauth block --file parked.txt --into domains/parked.jsonl --write\n\n"
      "Exit status: 0 done or shown, 1 the policies would be broken, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return run_all(*options, "block", block_one); });
}

void add_unblock(CLI::App& app, Program& program) {
  using namespace block_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("unblock", "Let blocked domains send mail again, as their policies say");
  add_domains(*command, *options);
  add_edit_options(program, *command, options->edit);
  command->footer(
      "Examples:\n"
      "  emailauth unblock example.org\n"
      "  emailauth unblock example.org --note \"sold to the shop team\" --write\n\n"
      "Exit status: 0 done or shown, 1 the policies would be broken, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return run_all(*options, "unblock", unblock_one); });
}

}  // namespace emailauth::cli
