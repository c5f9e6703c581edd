// policy/spf/resolver.h - What SPF wants from DNS: one question, one answer.
//
// Owns the shape of both. Whoever implements Resolver owns the network: CNAMEs
// are followed by it, time limits are kept by it, and it never blocks for ever.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/net/dns_name.h"
#include "policy/net/ip_prefix.h"

namespace emailauth::spf {

enum class QueryType : std::uint16_t { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28 };

// servfail: every response code but NOERROR and NXDOMAIN. bogus: DNSSEC says that the data is forged or out of date.
enum class DnsStatus : std::uint8_t { noerror, nxdomain, servfail, timeout, bogus };

struct DnsAnswer {
  DnsStatus status = DnsStatus::noerror;
  std::uint32_t ttl = 0;             // the lowest in the answer, or the negative TTL
  std::vector<IpAddress> addresses;  // A, AAAA
  std::vector<Name> names;           // PTR; MX exchanges, most preferred first ("." for a null MX)
  std::vector<std::string> texts;    // TXT: one a record, its strings joined without a space
  std::string why;                   // bogus: what the validator says, in words of its own; may be ""

  bool failed() const { return status != DnsStatus::noerror && status != DnsStatus::nxdomain; }
  bool empty() const { return addresses.empty() && names.empty() && texts.empty(); }
};

class Resolver {
 public:
  virtual ~Resolver() = default;

  // Answers with records of `type` only. May be asked the same thing twice.
  virtual DnsAnswer query(const Name& name, QueryType type) = 0;
};

// "A", "AAAA", "MX", "PTR", "TXT".
std::string_view to_string(QueryType type);

// What a trace says of an answer: "2 records", "no records", "NXDOMAIN", ...
std::string describe(const DnsAnswer& answer);

}  // namespace emailauth::spf
