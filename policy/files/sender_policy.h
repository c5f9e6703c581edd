// policy/files/sender_policy.h - A sending service, as senders/*.json describes it.
//
// Knows nothing about domains, or about how its networks are found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/json/policy_node.h"
#include "policy/net/dns_name.h"
#include "policy/net/ip_prefix.h"

namespace emailauth {

// A term of a service's own SPF record that cannot be turned into networks, such as
// "exists:%{i}._spf.mta.salesforce.com". `record` is the name of the record that contains it: the value of %{d} (RFC
// 7208, 7.2); may be absent if the term has no %{d}.
struct PassthroughTerm {
  std::string term;
  std::optional<Name> record;
  int lookups = 1;  // what it costs a receiver (RFC 7208, 4.6.4), 1 to 10
  std::uint32_t line = 0;
  std::string pointer;
  std::vector<IpPrefix> except;  // refused by terms before this one in the service's record
};

struct SenderPolicy {
  std::string id;                // "sendgrid": what domain files write
  std::string name;              // "Twilio SendGrid": what people read
  std::vector<std::string> spf;  // its published terms
  std::vector<std::string> dkim_selectors;
  std::vector<Name> dkim_domains;
  std::vector<Name> return_path;
  bool aligns_spf = true;      // can it use the owner's domain in the return path?
  bool aligns_dkim = true;     // can it sign with the owner's domain?
  bool unverified = false;     // some of these facts are from memory
  bool allow_wide = false;     // networks wider than /8 and /16 are intended
  std::string resolved_at;     // RFC 3339; "" when never resolved
  std::string resolved_until;  // RFC 3339: when to resolve again; may be ""
  std::vector<IpPrefix> networks;
  std::vector<PassthroughTerm> passthrough;
  std::uint32_t line = 0;
};

// Reads a senders/*.json file. Returns nullopt after reporting errors.
std::optional<SenderPolicy> read_sender(const PolicyNode& root);

}  // namespace emailauth
