#include "policy/dns/spf_dns.h"

namespace emailauth::check {

spf::DnsAnswer SpfDns::query(const Name& name, spf::QueryType type) {
  const Found& found = dns_.ask(name, static_cast<RrType>(type));  // both are numbers of the wire
  spf::DnsAnswer answer;
  answer.status = found.status;
  answer.addresses = found.addresses;
  answer.names = found.names;
  answer.texts = found.texts;
  answer.why = found.why;
  return answer;
}

}  // namespace emailauth::check
