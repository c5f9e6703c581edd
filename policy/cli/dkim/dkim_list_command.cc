#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/base/count.h"
#include "policy/cli/dkim/dkim_command.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/net/domain_text.h"
#include "policy/records/dkim_rotation.h"

namespace emailauth::cli {

namespace dkim_list_command {

using Json = nlohmann::ordered_json;

constexpr char kCommand[] = "dkim list";

struct Options {
  std::vector<std::string> domains;
  ChosenPath policies;
  std::string at;
  int max_age = RotationRules().max_age;
  bool json = false;
};

// The state of a key on a day.
struct Row {
  DkimKey key;
  DkimKeyState state = DkimKeyState::active;
  std::optional<int> age;
  bool due = false;
  bool weak = false;
};

std::string text_of(const std::optional<Day>& day) { return day ? to_string(*day) : ""; }

Json to_json(const Name& domain, const Row& row) {
  const DkimKey& key = row.key;
  Json out{{"domain", domain.to_string()}, {"selector", key.selector.to_string()}};
  if (key.cname) {
    out["cname"] = key.cname->to_string();
  } else {
    out["type"] = to_text(key.type);
    out["bits"] = key.bits;
  }
  out["sender"] = key.sender;
  out["state"] = to_text(row.state);
  if (row.age) out["age"] = *row.age;
  const auto add_day = [&](const char* name, const std::optional<Day>& day) {
    if (day) out[name] = to_string(*day);
  };
  add_day("created", key.created);
  if (key.visible_since) out["visible_since"] = to_rfc3339(*key.visible_since);
  add_day("active_from", key.active_from);
  add_day("retire_after", key.retire_after);
  add_day("revoked_on", key.revoked_on);
  out["due"] = row.due;
  out["weak"] = row.weak;
  return out;
}

// The dates that matter in its state: "since 2026-05-01".
std::string dates_of(const Row& row) {
  const DkimKey& key = row.key;
  switch (row.state) {
    case DkimKeyState::pending:
      if (key.active_from) return "signs from " + text_of(key.active_from);
      return key.created ? "made on " + text_of(key.created) : "";
    case DkimKeyState::active:
      if (key.retire_after) return "signs until " + text_of(key.retire_after);
      return key.active_from ? "signs since " + text_of(key.active_from) : "";
    case DkimKeyState::retiring: return key.retire_after ? "signed until " + text_of(key.retire_after) : "";
    case DkimKeyState::revoked: return key.revoked_on ? "since " + text_of(key.revoked_on) : "";
  }
  return "";
}

std::string remarks_of(const Row& row) {
  std::string out;
  if (row.due) out += row.age ? "due for rotation" : "due for rotation: its age is unknown";
  if (row.weak) out += std::string(out.empty() ? "" : "; ") + "weak: RFC 8301 asks for 2048 bits";
  return out;
}

void print_keys(const Name& domain, const std::vector<Row>& rows, bool blocked) {
  print("{}{}\n", coloured(domain.to_string(), Colour::bold), blocked ? " (blocked: no key is served)" : "");
  std::size_t widest = 8;
  for (const Row& row : rows) widest = std::max(widest, row.key.selector.to_string().size());
  for (const Row& row : rows) {
    const DkimKey& key = row.key;
    const std::string what = key.cname                      ? "CNAME " + key.cname->to_string()
                             : key.bits == 0                ? "no key"
                             : key.type == DkimKeyType::rsa ? fmt::format("rsa {}", key.bits)
                                                            : "ed25519";
    const std::string age = row.age ? count_of(*row.age, "day") : "";
    std::string line =
        fmt::format("  {:<{}}  {:<8}  {:<8}  {:>9}", key.selector.to_string(), widest, what, to_text(row.state), age);
    for (const std::string& more : {dates_of(row), key.sender.empty() ? "" : "for " + key.sender}) {
      if (!more.empty()) line += "  " + more;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    const std::string remarks = remarks_of(row);
    print("{}{}\n", line, remarks.empty() ? Shown() : Shown("  ") + coloured("! " + remarks, Colour::yellow));
  }
  if (rows.empty()) print("  no keys\n");
}

int list(const Options& options) {
  const Result<std::int64_t> time = time_at(options.at);
  if (!time) return trouble(kCommand, time.error().message);
  const Day today = day_of(*time);
  const Result<PolicyEdit> edit = PolicyEdit::open(options.policies.path, today);
  if (!edit) return trouble(kCommand, edit.error().message);
  std::vector<Name> domains;
  for (const std::string& text : options.domains) {
    const Result<Name> domain = parse_mail_domain(text);
    if (!domain) return trouble(kCommand, domain.error().message);
    domains.push_back(*domain);
  }
  const bool all = domains.empty();
  if (all) domains = edit->domains();
  Json json = Json::array();
  bool findings = false;
  for (const Name& domain : domains) {
    const Result<DomainPlace> place = edit->place(domain);
    Result<std::vector<DkimKey>> keys = place ? keys_in(edit->value(domain), place->file) : place.error();
    if (!keys) return trouble(kCommand, keys.error().message);
    const bool blocked = is_blocked(*edit, domain);
    std::vector<Row> rows;
    for (const DkimKey& key : *keys) {
      rows.push_back({key, state_on(key, today), age_of(key, today), !blocked && is_due(key, options.max_age, today),
                      !blocked && is_weak(key, today)});
      findings = findings || rows.back().due || rows.back().weak;
      json.push_back(to_json(domain, rows.back()));
    }
    if (!options.json && (!all || !rows.empty())) print_keys(domain, rows, blocked);
  }
  if (options.json) print("{}\n", shown_json(json));
  return findings ? kFindings : kFine;
}

}  // namespace dkim_list_command

void add_dkim_list(CLI::App& dkim, Program& program) {
  using namespace dkim_list_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = dkim.add_subcommand("list", "List keys: type, age, state, and which are due for rotation");
  command->add_option("DOMAIN", options->domains, "Only these domains (unless given, all that have keys)");
  program.add_policies(*command, options->policies);
  command->add_option("--max-age", options->max_age, "Days after which a key that signs is due")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
  add_at(*command, options->at);
  add_json(*command, options->json, "an array of keys");
  command->footer(
      "Examples:\n"
      "  emailauth dkim list\n"
      "  emailauth dkim list example.com --max-age 90\n"
      "  emailauth dkim list example.com --json --at 2027-01-01\n\n"
      "Exit status: 0 fine, 1 a key is due or weak, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return list(*options); });
}

}  // namespace emailauth::cli
