#include "backend/commands.h"

#include <algorithm>
#include <ctime>
#include <sstream>

#include "backend/convert.h"
#include "policy/answer/explain.h"
#include "policy/base/count.h"
#include "policy/directory/directory_lint.h"

namespace emailauth::pdns {

namespace {

constexpr char kUsage[] = "commands: \"lint\", \"explain NAME\", \"status\"\n";

// Loads the directory again, as the server would.
CommandResult lint(const std::string& path) {
  const DirectoryLint found = lint_directory(path, day_of(std::time(nullptr)));
  std::string out;
  for (const Diagnostic& diagnostic : found.findings) out += to_string(diagnostic) + "\n";
  return {out + found.summary() + "\n", found.errors + found.warnings > 0};
}

CommandResult explain_name(const std::string& text, const Responder& responder) {
  const Result<Name> name = Name::parse(text);
  if (!name) return {in_quotes(text) + " is not a name: " + name.error().message + "\n", true};
  const Explanation found = explain(responder, *name);
  std::ostringstream out;
  const auto line = [&](const char* what, const std::string& value) {
    if (!value.empty()) out << "  " << what << ": " << value << '\n';
  };
  out << found.name << '\n';
  line("outcome", found.outcome);
  line("zone", found.zone);
  line("template", found.template_text);
  line("domain", found.domain);
  if (!found.file.empty()) line("file", found.file + ":" + std::to_string(found.line));
  line("address", found.address);
  line("verdict", found.verdict);
  line("because", found.reason);
  line("next", found.next);
  for (const Record& record : found.records) {
    line("answer", std::to_string(record.ttl) + " " + QType(static_cast<uint16_t>(record.type)).toString() + " " +
                       to_content(record));
  }
  return {out.str()};
}

CommandResult status(const CommandContext& context) {
  std::ostringstream out;
  const Service::Status now = context.service.status();
  out << "policies: " << context.service.directory() << ", " << count_of(now.domains, "domain") << ", "
      << count_of(now.senders, "sender") << ", " << count_of(now.zones, "zone") << ", "
      << count_of(now.files_in_error, "file") << " in error\n";
  if (!context.keys.is_on()) {
    out << "keys: none, emailauth-dnssec-db is empty\n";
    return {out.str()};
  }
  const std::vector<std::string> zones = context.keys.signed_zones();
  std::vector<std::string> orphans;
  for (const std::string& zone : zones) {
    const Result<Name> name = Name::parse(zone);
    if (!name || !context.responder.zone_at(*name)) orphans.push_back(zone);
  }
  std::sort(orphans.begin(), orphans.end());
  out << "keys: " << context.keys.path() << ", " << zones.size() - orphans.size() << " zones signed\n";
  for (const std::string& zone : orphans) out << "keys of a zone that no policy has: " << printable(zone) << '\n';
  return {out.str()};
}

}  // namespace

CommandResult run_command(const std::string& line, const CommandContext& context) {
  std::istringstream words(line);
  std::string verb;
  std::string operand;
  std::string rest;
  words >> verb >> operand >> rest;
  if (rest.empty()) {
    if (verb == "lint" && operand.empty()) return lint(context.service.directory());
    if (verb == "status" && operand.empty()) return status(context);
    if (verb == "explain" && !operand.empty()) return explain_name(operand, context.responder);
  }
  return {"there is no command " + in_quotes(line) + "; " + kUsage, true};
}

}  // namespace emailauth::pdns
