#include "policy/dns/dns.h"

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"

namespace emailauth {

std::string_view to_text(Validation validation) {
  switch (validation) {
    case Validation::unknown: return "not validated";
    case Validation::insecure: return "unsigned";
    case Validation::secure: return "signed and valid";
    case Validation::bogus: return "bogus";
  }
  return {};
}

std::string describe(const DnsAnswer& answer) {
  switch (answer.status) {
    case DnsStatus::nxdomain: return "NXDOMAIN";
    case DnsStatus::servfail: return "SERVFAIL";
    case DnsStatus::timeout: return "timeout";
    case DnsStatus::bogus: return "bogus DNSSEC";
    case DnsStatus::noerror: break;
  }
  const std::size_t count = answer.addresses.size() + answer.names.size() + answer.texts.size();
  if (count == 0) return "no records";
  return count_of(count, "record");
}

std::string failure_text(const DnsAnswer& answer) {
  if (!answer.why.empty()) return printable(answer.why);
  if (answer.validation == Validation::bogus) return "it does not validate";
  return answer.status == DnsStatus::timeout ? "no answer in time" : "SERVFAIL";
}

std::vector<std::string> texts_of_version(const DnsAnswer& answer, std::string_view version,
                                          std::string_view separators) {
  std::vector<std::string> out;
  for (const std::string& text : answer.texts) {
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

}  // namespace emailauth
