#include "policy/spf/resolver.h"

#include "policy/base/count.h"

namespace emailauth::spf {

std::string_view to_string(QueryType type) {
  switch (type) {
    case QueryType::a: return "A";
    case QueryType::ptr: return "PTR";
    case QueryType::mx: return "MX";
    case QueryType::txt: return "TXT";
    case QueryType::aaaa: return "AAAA";
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

}  // namespace emailauth::spf
