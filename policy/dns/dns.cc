#include "policy/dns/dns.h"

#include "policy/base/diagnostic.h"

namespace emailauth::check {

std::string_view to_text(Validation validation) {
  switch (validation) {
    case Validation::unknown: return "not validated";
    case Validation::insecure: return "unsigned";
    case Validation::secure: return "signed and valid";
    case Validation::bogus: return "bogus";
  }
  return {};
}

std::string failure_text(const Found& found) {
  if (!found.why.empty()) return printable(found.why);
  if (found.validation == Validation::bogus) return "it does not validate";
  return found.status == spf::DnsStatus::timeout ? "no answer in time" : "SERVFAIL";
}

std::vector<std::string> texts_of_version(const Found& found, std::string_view version, std::string_view separators) {
  std::vector<std::string> out;
  for (const std::string& text : found.texts) {
    if (!equals_ignoring_case(std::string_view(text).substr(0, version.size()), version)) continue;
    if (text.size() == version.size() || separators.find(text[version.size()]) != std::string_view::npos) {
      out.push_back(text);
    }
  }
  return out;
}

Result<Name> below(std::string_view label, const Name& domain) {
  const Result<Name> prefix = Name::parse(label);
  if (!prefix) return prefix.error();
  return *prefix + domain;
}

}  // namespace emailauth::check
