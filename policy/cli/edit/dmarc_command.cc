// `emailauth dmarc set`.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "policy/base/command_line.h"
#include "policy/cli/edit/edit_command.h"
#include "policy/cli/options/command.h"
#include "policy/cli/write/edited_text.h"
#include "policy/json/policy_node.h"

namespace emailauth::cli {

namespace dmarc_command {

struct Options {
  EditOptions edit;
  std::vector<std::string> words;  // domains, and tag=value
};

const std::vector<std::string_view> kTags = {"p",   "sp",  "np",  "t",   "adkim", "aspf", "fo",
                                             "rua", "ruf", "psd", "pct", "ri",    "rf"};

struct Tag {
  std::string name;
  std::string typed;
  std::string pointer;              // from the object "dmarc"
  std::optional<std::string> json;  // nullopt: the tag is removed
};

std::string list_of(const std::string& text, char separator) {
  std::string out = "[";
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    out += (at == 0 ? "" : ", ") + json_text(text.substr(at, end - at));
    at = end + 1;
  }
  return out + "]";
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= 10 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<Tag> parse_tag(const std::string& word) {
  const std::size_t equals = word.find('=');
  Tag tag{word.substr(0, equals), word.substr(equals + 1), "", std::nullopt};
  if (std::find(kTags.begin(), kTags.end(), tag.name) == kTags.end()) {
    const auto meant = nearest(tag.name, kTags);
    return Error{in_quotes(tag.name) + " is not a DMARC tag" +
                 (meant ? "; did you mean " + in_quotes(*meant) + "?" : "; use " + word_list(kTags))};
  }
  const bool legacy = tag.name == "pct" || tag.name == "ri" || tag.name == "rf";
  tag.pointer = (legacy ? "/legacy/" : "/") + tag.name;
  if (tag.typed.empty()) return tag;
  if (tag.name == "t") {
    if (tag.typed != "y" && tag.typed != "n") return Error{in_quotes(word) + ": t is \"y\" (testing) or \"n\""};
    tag.json = tag.typed == "y" ? "true" : "false";
  } else if (tag.name == "fo") {
    tag.json = list_of(tag.typed, ':');
  } else if (tag.name == "rua" || tag.name == "ruf") {
    tag.json = tag.typed == "none" ? "[]" : list_of(tag.typed, ',');
  } else if (tag.name == "pct" || tag.name == "ri") {
    if (!is_number(tag.typed)) return Error{in_quotes(word) + ": " + tag.name + " is a number"};
    tag.json = tag.typed;
  } else {
    tag.json = json_text(tag.typed);
  }
  return tag;
}

// "p": "reject", "rua": […], in the order in which the tags were typed; removed tags are left out.
std::string object_of(const std::vector<Tag>& tags) {
  std::string out;
  std::string legacy;
  for (const Tag& tag : tags) {
    if (!tag.json) continue;
    std::string& to = tag.pointer.rfind("/legacy/", 0) == 0 ? legacy : out;
    to += (to.empty() ? "" : ", ") + json_text(tag.name) + ": " + *tag.json;
  }
  if (!legacy.empty()) out += (out.empty() ? "" : ", ") + std::string("\"legacy\": {") + legacy + "}";
  return "{" + out + "}";
}

std::string shown(const JsonValue& value) {
  switch (value.kind) {
    case JsonKind::boolean: return value.boolean ? "y" : "n";
    case JsonKind::array: {
      std::string out;
      for (const JsonValue& item : value.items) out += (out.empty() ? "" : ",") + item.text;
      return out.empty() ? "none" : out;
    }
    case JsonKind::null:
    case JsonKind::object: return std::string(to_text(value.kind));
    case JsonKind::number:
    case JsonKind::string: return value.text;
  }
  return "";
}

// Changes one tag of a domain that has a "dmarc"; adds what was done to `said`.
std::optional<Error> change_tag(PolicyEdit& edit, const Name& domain, const Tag& tag, std::vector<std::string>& said) {
  const JsonValue object = edit.value(domain);
  const JsonValue* old = value_at(object, "/dmarc" + tag.pointer);
  if (!tag.json) {
    if (old == nullptr) return std::nullopt;
    said.push_back(tag.name + " removed (was " + shown(*old) + ")");
    const JsonValue* legacy = value_at(object, "/dmarc/legacy");
    const bool last = legacy != nullptr && legacy->members.size() == 1 && tag.pointer.rfind("/legacy/", 0) == 0;
    return edit.remove(domain, last ? "/dmarc/legacy" : "/dmarc" + tag.pointer);
  }
  if (old != nullptr && says(*old, *tag.json)) return std::nullopt;
  said.push_back(tag.name + "=" + tag.typed + (old != nullptr ? " (was " + shown(*old) + ")" : ""));
  return edit.set(domain, "/dmarc" + tag.pointer, *tag.json);
}

struct Run {
  const Options& options;
  PolicyEdit edit;
  std::vector<EditedDomain> done;
  std::vector<std::string> remarks;
};

std::optional<Error> set_tags(Run& run, const Name& domain, const std::vector<Tag>& tags) {
  std::vector<std::string> said;
  if (!run.edit.is_known(domain) && run.edit.parent_of(domain)) {
    if (auto error = run.edit.add_subdomain(domain, "{\"dmarc\": " + object_of(tags) + "}")) return error;
    said.emplace_back("a new entry");
    const CommandLine records = CommandLine({"emailauth", "records"}).operand(domain.to_string());
    run.remarks.push_back(domain.to_string() + " has its own policy now, and its owner must publish more: " +
                          in_directory(records, run.options.edit.policies.named()).text());
  } else {
    const Result<DomainPlace> place = run.edit.place(domain);
    if (!place) return place.error();
    if (run.edit.value(domain).find("dmarc") == nullptr) {
      if (auto error = run.edit.set(domain, "/dmarc", object_of(tags))) return error;
      said.emplace_back("a new \"dmarc\"");
    } else {
      for (const Tag& tag : tags) {
        if (auto error = change_tag(run.edit, domain, tag, said)) return error;
      }
    }
  }
  if (said.empty()) {
    run.done.push_back({domain, "has that already", false});
    return std::nullopt;
  }
  remark_when_blocked(run.edit, domain, run.remarks);
  run.done.push_back({domain, fmt::format("DMARC: {}", fmt::join(said, ", ")), true});
  return add_note(run.edit, domain, run.options.edit);
}

int dmarc_set(const Options& options) {
  const std::string command = "dmarc set";
  std::vector<std::string> texts;
  std::vector<Tag> tags;
  for (const std::string& word : options.words) {
    if (word.find('=') == std::string::npos) {
      texts.push_back(word);
      continue;
    }
    Result<Tag> tag = parse_tag(word);
    if (!tag) return trouble(command, tag.error().message);
    for (const Tag& other : tags) {
      if (other.name == tag->name) return trouble(command, in_quotes(tag->name) + " appears twice; keep one");
    }
    tags.push_back(std::move(*tag));
  }
  const Result<std::vector<Name>> domains = typed_domains(texts);
  if (!domains) return trouble(command, domains.error().message);
  if (domains->empty() || tags.empty()) {
    return trouble(command, "name a domain and what to set, such as \"example.com p=reject\"");
  }
  Result<PolicyEdit> edit = open_edit(options.edit);
  if (!edit) return trouble(command, edit.error().message);
  Run run{options, std::move(*edit), {}, {}};
  for (const Name& domain : *domains) {
    if (const auto error = set_tags(run, domain, tags)) return trouble(command, error->message);
  }
  return finish_edit(command, run.edit, options.edit, run.done, run.remarks);
}

}  // namespace dmarc_command

void add_dmarc(CLI::App& app, Program& program) {
  using namespace dmarc_command;
  CLI::App* dmarc = app.add_subcommand("dmarc", "DMARC policies: change them");
  dmarc->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* command = dmarc->add_subcommand("set", "Set tags of domains' DMARC policies");
  command->add_option("DOMAIN|TAG", options->words, "Domains or subdomains, and tags (TAG=VALUE) as in a DMARC record")
      ->required();
  add_edit_options(program, *command, options->edit);
  add_replay_options(program, *command, options->edit);
  command->footer(
      "Tags: p, sp, np, t, adkim, aspf, fo, rua, ruf, psd, and the old pct, ri, rf. \"sp=\" removes a\n"
      "tag; \"rua=\" returns to the report mailbox of responder.json, \"rua=none\" asks for\n"
      "no reports. A subdomain without its own entry gets one.\n"
      "If reports show that legitimate mail would be lost, nothing is written.\n\n"
      "Examples:\n"
      "  emailauth dmarc set example.com p=reject sp=reject\n"
      "  emailauth dmarc set example.com rua=mailto:dmarc@example.com,mailto:other@example.net\n"
      "  emailauth dmarc set example.com example.net p=quarantine t=y --note \"ticket 4711\" --write\n"
      "  emailauth dmarc set news.example.com p=reject sp= --json\n\n"
      "Exit status: 0 done or shown, 1 the policies would be broken or\n"
      "legitimate mail lost, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return dmarc_set(*options); });
}

}  // namespace emailauth::cli
