// policy/dns/dns.h - One question to DNS, and its answer.
//
// Owns the shape of both for everything that asks: the SPF evaluator, check, import, cutover, what an owner publishes.
// Whoever implements Dns owns the network and the time limits; it never blocks for ever.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/net/dns_name.h"
#include "policy/net/ip_prefix.h"
#include "policy/net/record_type.h"

namespace emailauth {

// servfail: every response code but NOERROR and NXDOMAIN. bogus: DNSSEC says that the data is forged or out of date.
enum class DnsStatus : std::uint8_t { noerror, nxdomain, servfail, timeout, bogus };

// What DNSSEC says of an answer. unknown: nobody validated.
enum class Validation : std::uint8_t { unknown, insecure, secure, bogus };
std::string_view to_text(Validation validation);

struct DnsQuestion {
  Name name;
  RecordType type;
  friend auto operator<=>(const DnsQuestion&, const DnsQuestion&) = default;
};

struct DnsAnswer {
  DnsStatus status = DnsStatus::noerror;
  Validation validation = Validation::unknown;
  std::uint32_t ttl = 0;             // the lowest in the answer, or the negative TTL; 0 if it is not known
  std::string why;                   // why it failed, where more is known than the status; one line, may be ""
  Name owner;                        // the name that has the records: the end of the CNAMEs, if there are any
  std::vector<IpAddress> addresses;  // A, AAAA
  std::vector<Name> names;           // PTR, NS, CNAME; MX exchanges, most preferred first ("." for a null MX)
  std::vector<std::string> texts;  // TXT, SPF: one per record, its strings joined without a space; DS: "12345 13 2 ab…"

  bool failed() const { return status != DnsStatus::noerror && status != DnsStatus::nxdomain; }
  bool empty() const { return addresses.empty() && names.empty() && texts.empty(); }
};

class Dns {
 public:
  virtual ~Dns() = default;

  // Returns the records of that type only. Follows CNAMEs, except for NS, CNAME and DS: these are records of the name
  // itself. May be asked the same question twice; an implementation says whether it then asks again.
  virtual DnsAnswer ask(const DnsQuestion& question) = 0;

  // Announces questions that will be asked: an implementation may ask them together, now.
  virtual void expect(std::span<const DnsQuestion> questions) { static_cast<void>(questions); }

  DnsAnswer ask(const Name& name, RecordType type) { return ask(DnsQuestion{name, type}); }
};

// What a trace says of an answer: "2 records", "no records", "NXDOMAIN", "bogus DNSSEC" …
std::string describe(const DnsAnswer& answer);

// Why an answer failed: DnsAnswer::why, or "SERVFAIL", or "no answer in time".
std::string failure_text(const DnsAnswer& answer);

// Returns the texts that begin with `version`, in upper or lower case, and then end or continue with one of
// `separators`.
std::vector<std::string> texts_of_version(const DnsAnswer& answer, std::string_view version,
                                          std::string_view separators);

// Returns `label`, which may hold dots, below `domain`. The error says that `label` is not a name, or the result too
// long.
Result<Name> below(std::string_view label, const Name& domain);

}  // namespace emailauth
