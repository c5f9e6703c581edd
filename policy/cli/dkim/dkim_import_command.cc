#include <fmt/format.h>

#include <memory>

#include "policy/cli/dkim/dkim_command.h"
#include "policy/cli/dkim/dkim_live.h"
#include "policy/cli/dkim/dkim_private_key.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/shown.h"
#include "policy/net/domain_text.h"

namespace emailauth::cli {

namespace dkim_import_command {

constexpr char kCommand[] = "dkim import";

struct Options {
  DkimEditOptions edit;
  ChosenResolvers resolvers;
  std::string domain;
  std::vector<std::string> selectors;
  std::string file;
  std::string sender;
  std::string state = "active";
  bool copy = false;
};

struct Import {
  std::vector<DkimKey> keys;
  std::vector<std::string> remarks;
  std::vector<std::string> missing;  // selectors that have nothing to import, and why
};

void apply(const DkimRecord& record, DkimKey& key) {
  key.type = record.type;
  key.public_key = record.public_key;
  key.bits = record.bits;
  key.testing = record.testing;
  key.strict = record.strict;
  if (record.public_key.empty()) key.state = DkimKeyState::revoked;
}

Result<DkimKey> key_in_file(const Options& options, const std::vector<Name>& selectors, Import& out) {
  const Result<SecretText> text = SecretText::read(options.file);
  if (!text) return text.error();
  DkimKey key;
  if (!selectors.empty()) key.selector = selectors.front();
  if (text->view().find("-----BEGIN") != std::string_view::npos) {
    if (selectors.empty()) return Error{options.file + ": a PEM file names no selector; give one with --selector"};
    const Result<DkimPublicKey> pem = parse_pem_key(text->view());
    if (!pem) return Error{options.file + ": " + pem.error().message};
    key.type = pem->type;
    key.public_key = pem->base64;
    key.bits = pem->bits;
    if (pem->from_private) out.remarks.push_back(options.file + " is a private key: only its public half is used");
    return key;
  }
  const Result<ZoneLineKey> line = parse_zone_line_key(text->view());
  if (!line) return Error{options.file + ": neither a PEM key nor a line of a zone file: " + line.error().message};
  if (selectors.empty() && !line->selector)
    return Error{options.file + ": the line names no selector; give one with --selector"};
  if (selectors.empty()) key.selector = *line->selector;
  const Result<DkimRecord> record = parse_dkim_record(line->record);
  if (!record) return Error{options.file + ": " + record.error().message};
  apply(*record, key);
  return key;
}

void find_in_dns(const Options& options, DkimLive& live, const Name& domain, const Name& selector, Import& out) {
  const FoundKey found = live.find(selector, domain);
  const std::string name = key_name(selector, domain) ? key_name(selector, domain)->to_string() : selector.to_string();
  if (!found.record) {
    out.missing.push_back(name + ": there is no key to import: " + found.why);
    return;
  }
  DkimKey key;
  key.selector = selector;
  if (found.alias && !options.copy) {
    key.cname = found.alias;
    out.remarks.push_back(name + " is a CNAME and stays one: whoever holds " + found.alias->to_string() +
                          " rotates it; --copy takes the key itself");
  } else {
    apply(*found.record, key);
  }
  out.keys.push_back(std::move(key));
}

Result<std::vector<Name>> selectors_of(const Options& options) {
  std::vector<Name> out;
  for (const std::string& text : options.selectors) {
    const Result<Name> selector = parse_selector(text);
    if (!selector) return Error{"--selector: " + selector.error().message};
    out.push_back(*selector);
  }
  if (options.file.empty() && out.empty()) return Error{"give --selector, which may be repeated, or --file"};
  if (!options.file.empty() && out.size() > 1) return Error{"--file contains one key; give --selector once"};
  return out;
}

Result<Import> gather(const Options& options, const Name& domain) {
  const Result<std::vector<Name>> selectors = selectors_of(options);
  if (!selectors) return selectors.error();
  Import out;
  if (!options.file.empty()) {
    Result<DkimKey> key = key_in_file(options, *selectors, out);
    if (!key) return key.error();
    out.keys.push_back(std::move(*key));
    return out;
  }
  Result<DkimLive> live = DkimLive::open(options.resolvers);
  if (!live) return live.error();
  for (const Name& selector : *selectors) find_in_dns(options, *live, domain, selector, out);
  return out;
}

bool is_same(const DkimKey& a, const DkimKey& b) {
  return a.cname == b.cname && a.public_key == b.public_key && (a.cname || a.type == b.type);
}

std::optional<Error> add_keys(const Options& options, Import& import, DkimEdit& keys, std::vector<EditedDomain>& done) {
  for (DkimKey& key : import.keys) {
    const std::string name = in_quotes(key.selector.to_string());
    if (const auto known = keys.find(key.selector)) {
      if (!is_same(keys.keys()[*known], key))
        return Error{"the policy of " + keys.domain().to_string() + " has another key " + name +
                     "; remove one of the two first"};
      done.push_back({keys.domain(), "has " + name + " already", false});
      continue;
    }
    if (!key.state)
      key.state = options.state == "pending"    ? DkimKeyState::pending
                  : options.state == "retiring" ? DkimKeyState::retiring
                                                : DkimKeyState::active;
    key.sender = options.sender;
    if (auto error = keys.add(key)) return error;
    const std::string what = key.cname                ? "the CNAME"
                             : key.public_key.empty() ? "the revoked key"
                                                      : fmt::format("the {} key", to_text(key.type));
    const std::string bits = key.bits > 0 && key.type == DkimKeyType::rsa ? fmt::format(" of {} bits", key.bits) : "";
    done.push_back({keys.domain(), fmt::format("imports {} {}{}", what, name, bits), true});
  }
  return std::nullopt;
}

int import_keys(const Options& options) {
  if (options.state != "active" && options.state != "pending" && options.state != "retiring") {
    return trouble(kCommand, "--state " + in_quotes(options.state) +
                                 " is not the state of a key in use; use \"active\", \"pending\" or \"retiring\"");
  }
  Result<DkimTask> task = begin_task(options.edit);
  if (!task) return trouble(kCommand, task.error().message);
  Result<DkimEdit> keys = DkimEdit::open(task->edit, options.domain);
  if (!keys) return trouble(kCommand, keys.error().message);
  Result<Import> import = gather(options, keys->domain());
  if (!import) return trouble(kCommand, import.error().message);
  std::vector<EditedDomain> done;
  if (auto error = add_keys(options, *import, *keys, done)) return trouble(kCommand, error->message);
  if (!task->edit.changes().empty()) {
    if (auto error = add_note(task->edit, keys->domain(), options.edit)) return trouble(kCommand, error->message);
  }
  const int status = finish_edit(kCommand, task->edit, options.edit, done, import->remarks);
  for (const std::string& why : import->missing) trouble(kCommand, why);
  return status == kFine && !import->missing.empty() ? kFindings : status;
}

}  // namespace dkim_import_command

void add_dkim_import(CLI::App& dkim, Program& program) {
  using namespace dkim_import_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = dkim.add_subcommand("import", "Import keys that are in use, from DNS or from a file");
  command->add_option("DOMAIN", options->domain, "The domain")->required();
  command->add_option("--selector", options->selectors, "Import this one; may be repeated")->allow_extra_args(false);
  command->add_option(
      "--file", options->file,
      "From a PEM file (the public half of a private key), or the *.txt of opendkim-genkey; not from DNS");
  command->add_option("--sender", options->sender, "The service that signs with it");
  command->add_option("--state", options->state, "active, pending or retiring")->capture_default_str();
  command->add_flag("--copy", options->copy, "If a CNAME leads to a key, import the key and not the CNAME");
  program.add_resolvers(*command, options->resolvers);
  add_dkim_edit_options(program, *command, options->edit);
  command->footer(
      "Before _domainkey is delegated every selector in use must be in the policy: the others\n"
      "are switched off.\n\n"
      "Examples:\n"
      "  emailauth dkim import example.com --selector s1 --selector s2 --write\n"
      "  emailauth dkim import example.com --file /etc/dkimkeys/s3.txt\n"
      "  emailauth dkim import example.com --selector s3 --file /etc/dkimkeys/s3.private --write\n\n"
      "Exit status: 0 done or shown, 1 a selector has no key or the policies would be broken,\n"
      "2 wrong usage or I/O.");
  program.on_call(*command, [options] { return import_keys(*options); });
}

}  // namespace emailauth::cli
