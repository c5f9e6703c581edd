#include "policy/check/subject.h"

namespace emailauth::check {

std::optional<Name> cname_at(Dns& dns, const Name& name) {
  const DnsAnswer found = dns.ask(name, RecordType::cname);
  if (found.failed() || found.names.empty()) return std::nullopt;
  return found.names.front();
}

std::optional<Name> cname_beside(Dns& dns, const DnsAnswer& records, const Name& name) {
  if (records.empty() || records.owner != name) return std::nullopt;
  return cname_at(dns, name);
}

}  // namespace emailauth::check
