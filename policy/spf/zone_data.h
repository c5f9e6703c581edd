// policy/spf/zone_data.h - A Dns that answers from a JSON text.
//
// Owns the form of such texts, which is that of "zonedata" in the RFC 7208 test
// suite: names, each with a list of records.
//
//   { "example.com": [ {"TXT": "v=spf1 mx -all"}, {"MX": [10, "mx.example.com"]}, {"TTL": 300} ],
//     "mx.example.com": [ {"A": "192.0.2.1"}, {"AAAA": "2001:db8::1"} ],
//     "1.2.0.192.in-addr.arpa": [ {"PTR": "mx.example.com"} ],
//     "www.example.com": [ {"CNAME": "example.com"} ],
//     "slow.example.com": [ {"TIMEOUT": true} ], "bad.example.com": [ {"RCODE": 2} ] }
//
// TXT may be a list of strings (joined). TIMEOUT and RCODE (2 is SERVFAIL) are the answers to every type for which the
// name has no record. SPF counts as a TXT record if the name has no TXT; {"TXT": "NONE"} says that it has none.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/dns/dns.h"

namespace emailauth::spf {

class ZoneData : public Dns {
 public:
  static constexpr std::uint32_t kDefaultTtl = 3600;

  // Errors name the place as a JSON pointer.
  static Result<ZoneData> parse(std::string_view json_text);

  // Follows CNAMEs; a chain of over eight, or a loop, is a SERVFAIL.
  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override;

 private:
  friend class ZoneDataReader;

  struct Node {
    std::map<RecordType, DnsAnswer> answers;
    std::vector<Name> cname;  // none or one
    DnsStatus otherwise = DnsStatus::noerror;
    std::uint32_t ttl = kDefaultTtl;
  };
  std::map<Name, Node> nodes_;
};

}  // namespace emailauth::spf
