// policy/spf_link.h - SPF rules of a domain, bound to the senders there are.
//
// Owns who may send: own netblocks and enabled senders. Knows nothing of query
// names, and writes no records (policy/spf_answer.h does).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/domain_unit.h"
#include "policy/ip_set.h"
#include "policy/sender_table.h"
#include "policy/spf_pages.h"

namespace emailauth {

// Why an address may send.
struct Authorisation {
  const Netblock* netblock = nullptr;           // the domain's own network, or
  const SenderTable::Sender* sender = nullptr;  // an enabled sender
};

struct LinkedSpf {
  const SpfRules* rules = nullptr;
  const SenderTable* senders = nullptr;
  SenderSet enabled;
  IpSet netblocks;
  std::vector<const CompiledPassthrough*> passthrough;  // of all enabled senders
  int lookups = 1;                        // a receiver's, for one question: the term itself and passthrough
  std::unique_ptr<const SpfPages> pages;  // the static record; null when no template asks, or policy has none

  bool authorises(const IpAddress& address) const;
  // The reason, most specific first; nothing when the address may not send.
  std::optional<Authorisation> explain(const IpAddress& address) const;
};

// Binds rules to senders. Reports unknown senders, and rules that would cost a
// receiver more than ten lookups (RFC 7208, 4.6.4); then there is no result.
// `static_apex`: characters of the longest name that static records end in; 0
// when no template asks for them.
std::optional<LinkedSpf> link_spf(const SpfRules& rules, const SenderTable& senders, std::size_t static_apex,
                                  const std::string& file, Diagnostics& diagnostics);

// RFC 7208, 4.6.4.
inline constexpr int kMaxLookups = 10;
// A third look-up without an answer is a permanent error (RFC 7208, 4.6.4).
inline constexpr int kMaxVoidLookups = 2;

}  // namespace emailauth
