// policy/publish/publication_state.h - How much of a publication is in place already.
//
// Compares what should be published with what DNS says: what is missing, what
// differs, what must go, what would be lost. The caller provides DNS.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/dns/dns.h"
#include "policy/publish/publication.h"

namespace emailauth {

// The records of one name and type, as DNS gives them.
struct FoundRrset {
  RrsetKey key;
  DnsStatus status = DnsStatus::noerror;
  std::uint32_t ttl = 0;
  std::vector<std::string> data;  // as Record::data, sorted

  bool failed() const { return status == DnsStatus::servfail || status == DnsStatus::timeout; }
};

// The RRset that an answer to the question for `key` holds.
FoundRrset rrset_in(const DnsAnswer& answer, const RrsetKey& key);

enum class InPlace : std::uint8_t { yes, missing, differs };
std::string_view to_text(InPlace state);  // "in place", "missing", "differs"

struct RrsetState {
  InPlace state = InPlace::missing;
  std::string detail;              // what is wrong or worth knowing; may be empty
  std::vector<FoundRrset> remove;  // what is in the way
  std::vector<std::string> keep;   // SPF: texts of the name that stay, our record among them
};

struct PublicationState {
  std::vector<RrsetState> rrsets;  // one for each of Publication::rrsets
  // Selectors in use that the policy does not have: a pointer for _domainkey would switch them off.
  std::vector<FoundRrset> lost_selectors;

  bool complete() const;
};

// `selectors` are names to look for below _domainkey besides those of the policy,
// each ending in its own root.
PublicationState check_publication(const Responder& responder, const Publication& wanted,
                                   const std::vector<Name>& selectors, Dns& dns);

}  // namespace emailauth
