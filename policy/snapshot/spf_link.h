// policy/snapshot/spf_link.h - SPF rules of domains, bound to the existing senders.
//
// Owns who may send: own netblocks and enabled senders. Knows nothing about domains or
// query names, and writes no records (policy/answer/spf_answer.h does).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policy/files/domain_unit.h"
#include "policy/files/sender_table.h"
#include "policy/net/ip_set.h"
#include "policy/records/spf_pages.h"

namespace emailauth {

// Why an address may send.
struct Authorisation {
  const Netblock* netblock = nullptr;           // the domain's own network, or
  const SenderTable::Sender* sender = nullptr;  // an enabled sender
};

// The data that answers are made from. Domains without netblocks of their own share one per set of senders.
struct LinkedSpf {
  const SenderTable* senders = nullptr;
  SenderSet enabled;
  IpSet netblocks;
  std::vector<const CompiledPassthrough*> passthrough;  // of all enabled senders
  int lookups = 1;                 // per question, of a receiver: the term itself and passthrough (see lookups_by())
  SpfAll all = SpfAll::softfail;   // as in SpfPolicy
  bool covers_subdomains = true;   // as in SpfPolicy
  std::uint16_t owner_octets = 0;  // longest owner that pages are made for; 0: no pages
  std::unique_ptr<const SpfPages> pages;  // the static record; null if no template or policy needs one

  // Returns what a question costs a receiver whose client is not authorised. `certain` means a template whose names
  // always contain the client's address (SpfView::is_certain); others cost one more, for the name below "_safe".
  int lookups_by(bool certain) const { return lookups + (certain || passthrough.empty() ? 0 : 1); }

  bool authorises(const IpAddress& address) const;
  // Returns the reason, the most specific one first; nullopt if the address may not send. `rules` are the domain's own.
  std::optional<Authorisation> explain(const IpAddress& address, const SpfRules& rules) const;
};

// Binds rules to one table of senders. Most domains enable the same senders as thousands of others, in whatever files:
// they share one LinkedSpf, and the processor's cache holds all of these.
class SpfLinker {
 public:
  // `static_apex` is the length, in characters, of the longest name that static records end in; 0 if no template asks
  // for them. `dearest_template` is as in ResponderUnit.
  SpfLinker(std::shared_ptr<const SenderTable> senders, std::size_t static_apex, std::string dearest_template = "")
      : senders_(std::move(senders)), static_apex_(static_apex), dearest_template_(std::move(dearest_template)) {}

  // Reports unknown senders, and rules that would cost a receiver more than ten lookups (RFC 7208, 4.6.4), against
  // `file`, and then returns null. The senders must outlive the result.
  std::shared_ptr<const LinkedSpf> link(const SpfRules& rules, const std::string& file, Diagnostics& diagnostics);

  const std::shared_ptr<const SenderTable>& senders() const { return senders_; }
  std::size_t static_apex() const { return static_apex_; }
  const std::string& dearest_template() const { return dearest_template_; }

 private:
  bool bind(const SpfRules& rules, const std::string& file, LinkedSpf& linked, Diagnostics& diagnostics) const;
  bool add_pages(const SpfRules& rules, const std::string& file, LinkedSpf& linked, Diagnostics& diagnostics) const;
  void forget_unused();

  std::shared_ptr<const SenderTable> senders_;
  std::size_t static_apex_ = 0;
  std::string dearest_template_;
  // The rules without netblocks, by hash of `enabled`.
  std::unordered_multimap<std::size_t, std::weak_ptr<const LinkedSpf>> known_;
  std::size_t forget_at_ = 1024;  // at this size, unused entries are dropped
};

}  // namespace emailauth
