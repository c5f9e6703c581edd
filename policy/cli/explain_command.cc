#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/answer/explain.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/directory/policy_directory.h"
#include "policy/records/txt_content.h"

namespace emailauth::cli {

namespace explain_command {

struct Options {
  ChosenPath policies;
  std::string name;
  std::string ip;
  std::string helo = "mail.example.net";
  std::string local_part = "postmaster";
  std::string domain;
  std::string template_text;
  std::string at;
  bool json = false;
};

std::string content(const Record& record) {
  return record.type == RecordType::txt ? to_txt_content(record.data) : record.data;
}

nlohmann::ordered_json to_json(const Explanation& e) {
  nlohmann::ordered_json out{{"name", e.name}, {"outcome", e.outcome}, {"zone", e.zone}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  add("template", e.template_text);
  add("domain", e.domain);
  add("file", e.file);
  if (e.line > 0) out["line"] = e.line;
  add("address", e.address);
  add("verdict", e.verdict);
  add("reason", e.reason);
  if (e.lookups > 0) out["lookups"] = e.lookups;
  add("next", e.next);
  out["records"] = nlohmann::ordered_json::array();
  for (const Record& record : e.records) {
    out["records"].push_back({{"type", to_text(record.type)}, {"ttl", record.ttl}, {"content", content(record)}});
  }
  return out;
}

void print_line(std::string_view what, const std::string& value) {
  if (!value.empty()) print("  {:<10}{}\n", what, value);
}

void print_explanation(const Explanation& e) {
  print("{}\n", coloured(e.name, Colour::bold));
  print_line("outcome", e.outcome);
  print_line("zone", e.zone);
  print_line("template", e.template_text);
  print_line("domain",
             e.domain.empty() || e.file.empty() ? e.domain : fmt::format("{} ({}:{})", e.domain, e.file, e.line));
  print_line("address", e.address);
  print_line("verdict", e.verdict);
  print_line("because", e.reason);
  if (e.lookups > 0) print_line("lookups", fmt::format("{} of a receiver's 10", e.lookups));
  print_line("next", e.next);
  for (const Record& record : e.records) {
    print_line("answer", fmt::format("{} {} {}", record.ttl, to_text(record.type), content(record)));
  }
}

// Returns the names to explain: the given one, or what receivers query because of each template.
Result<std::vector<Name>> names_of(const Options& options, const Snapshot& snapshot) {
  if (!options.name.empty()) {
    const Result<Name> name = Name::parse(options.name);
    if (!name) return name.error();
    return std::vector<Name>{*name};
  }
  if (options.ip.empty() || options.domain.empty()) return Error{"write a NAME, or --ip and --domain"};
  const Result<IpAddress> address = IpAddress::parse(options.ip);
  if (!address) return address.error();
  std::vector<Name> names;
  for (const ResponderZone& zone : snapshot.responder->zones) {
    for (const SpfView& view : zone.views) {
      for (const SpfTemplate& t : view.templates()) {
        if (!options.template_text.empty() && t.text() != options.template_text) continue;
        const Result<Name> name = question_for(t, {*address, options.helo, options.local_part, options.domain});
        if (!name) return name.error();
        names.push_back(*name);
      }
    }
  }
  if (names.empty())
    return Error{"no template is " + in_quotes(options.template_text) +
                 "; \"spf_templates\" of responder.json has them"};
  return names;
}

// Explains the names and, `with_next`, the names that their answers send receivers on to, each once.
std::vector<Explanation> explanations(const Responder& responder, const std::vector<Name>& names, bool with_next) {
  std::vector<Explanation> out;
  for (const Name& name : names) {
    out.push_back(explain(responder, name));
    const Result<Name> next = Name::parse(out.back().next);
    const auto is_there = [&](const Explanation& e) { return e.name == out.back().next; };
    if (with_next && !out.back().next.empty() && next && std::none_of(out.begin(), out.end(), is_there))
      out.push_back(explain(responder, *next));
  }
  return out;
}

int explain_names(const Options& options) {
  const Result<std::int64_t> time = time_at(options.at);
  if (!time) return trouble("explain", time.error().message);
  PolicyDirectory directory(options.policies.path);
  const LoadReport& report = directory.reload(day_of(*time));
  if (!report.responder) {
    for (const Diagnostic& d : report.diagnostics) complain("{}\n", to_string(d));
    return kTrouble;
  }
  const Result<std::vector<Name>> names = names_of(options, report.responder->snapshot());
  if (!names) return trouble("explain", names.error().message);
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Explanation& explanation : explanations(*report.responder, *names, options.name.empty())) {
    if (options.json)
      all.push_back(to_json(explanation));
    else
      print_explanation(explanation);
  }
  if (options.json) print("{}\n", shown_json(all));
  return kFine;
}

}  // namespace explain_command

void add_explain(CLI::App& app, Program& program) {
  using namespace explain_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("explain", "Say how a name is answered, and why");
  command->add_option("NAME", options->name, "The name to explain");
  command->add_option("--ip", options->ip, "Instead of NAME: the address that sends");
  command->add_option("--domain", options->domain, "… and the domain it sends for");
  command->add_option("--helo", options->helo, "… and its HELO")->capture_default_str();
  command->add_option("--local-part", options->local_part, "… and the local part")->capture_default_str();
  command->add_option("--template", options->template_text, "… through this term only, as in responder.json");
  program.add_policies(*command, options->policies);
  add_json(*command, options->json, "an array of explanations");
  add_at(*command, options->at);
  command->footer(
      "Examples:\n"
      "  emailauth explain _dmarc.example.com\n"
      "  emailauth explain --ip 192.0.2.1 --domain example.com\n"
      "  emailauth explain s1._domainkey.example.com --at 2027-01-01\n\n"
      "Exit status: 0 explained, 2 wrong usage or no policies.");
  program.on_call(*command, [options] { return explain_names(*options); });
}

}  // namespace emailauth::cli
