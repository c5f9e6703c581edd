// policy/files/domain_policy.h - What a domain file says, checked by itself.
//
// One DomainPolicy for each domain and each of its subdomain entries. The snapshot does the checks that need other
// files (does the sender exist?). Knows nothing about zones, answers or PowerDNS.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/json/policy_node.h"
#include "policy/net/dns_name.h"
#include "policy/net/ip_prefix.h"
#include "policy/records/dkim_key.h"
#include "policy/records/dmarc_record.h"
#include "policy/records/hosted_family.h"

namespace emailauth {

// The last term of an answer under a redirect= template. "+all" does not exist here.
enum class SpfAll : std::uint8_t { fail, softfail, neutral };

// "-all", "~all", "?all".
std::string_view to_text(SpfAll all);

struct Netblock {
  IpPrefix network;
  std::string note;
};

// A name in "senders" and the line it is on, for messages of the snapshot.
struct SenderReference {
  std::string sender;
  std::uint32_t line = 0;
  std::string pointer;
};

struct SpfPolicy {
  std::vector<SenderReference> senders;
  std::vector<Netblock> netblocks;
  SpfAll all = SpfAll::softfail;
  bool covers_subdomains = true;  // also answers for names below the domain
  bool static_view = true;        // also answers templates without %{i}
};

enum class DomainMode : std::uint8_t { sending, blocked };

struct DomainPolicy {
  Name domain;
  std::vector<Name> aliases;  // other names that SPF templates may use for it
  DomainMode mode = DomainMode::sending;
  std::optional<SpfPolicy> spf;
  std::optional<DmarcPolicy> dmarc;
  std::optional<DkimPolicy> dkim;
  std::vector<std::pair<Name, std::string>> bimi;  // selector, record
  std::optional<std::string> mta_sts;
  std::optional<std::string> tls_rpt;
  HostedFamilies empty_zones;  // zones that exist although the policy has no records for them
  bool lists_zones = false;    // it has "delegated": no further zone exists
  bool is_entry = false;       // it is one of the "subdomains" of the domain before it
  std::uint32_t line = 0;
  std::string pointer;
};

// Receives what is read. Passes a policy with errors to `broken`, if set: only its names (domain, aliases, is_entry,
// line) count, and it claims them as a good policy does.
struct DomainReader {
  std::function<void(DomainPolicy)> found;
  std::function<void(DomainPolicy)> broken = nullptr;
};

// Reads one domain object. Passes on the domain, then its subdomain entries: all of them as found or, after reporting
// errors, as broken.
void read_domain(const PolicyNode& node, const DomainReader& reader);

// Reads a whole *.json domain file: one domain, or {"domains": [ … ]}. Calls `go_on` after each domain of a list, and
// stops when that returns false.
void read_domain_file(
    const PolicyNode& root, const DomainReader& reader, const std::function<bool()>& go_on = [] { return true; });

// Parses a network. Refuses networks so wide that they authorise strangers: wider than /8 (IPv4) or /16 (IPv6). Also
// refuses IPv4-mapped networks: they must be written as IPv4.
Result<IpPrefix> parse_authorised_network(std::string_view text, bool allow_wide);

}  // namespace emailauth
