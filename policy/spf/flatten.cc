#include "policy/spf/flatten.h"

#include <algorithm>

#include "policy/spf/flattener.h"
#include "policy/spf/record.h"

namespace emailauth::spf {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return {};
}

std::string Finding::to_string() const {
  std::string out = std::string(spf::to_string(severity)) + ": ";
  if (!domain.empty()) out += domain + ": ";
  if (!term.empty()) out += term + ": ";
  return out + text;
}

bool Flattened::usable() const {
  return std::none_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::error; });
}

Flattened flatten(Dns& dns, std::span<const std::string> terms, const FlattenOptions& options) {
  std::string text = "v=spf1";
  for (const std::string& term : terms) text += " " + term;
  const Result<Record> record = Record::parse(text);
  if (record) return Flattener(dns, options).run(*record);
  Flattened out;
  for (const SyntaxError& error : check_record(text)) out.findings.push_back({Severity::error, {}, {}, error.message});
  return out;
}

}  // namespace emailauth::spf
