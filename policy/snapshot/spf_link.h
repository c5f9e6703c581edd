// policy/snapshot/spf_link.h - SPF rules of domains, bound to the senders there are.
//
// Owns who may send: own netblocks and enabled senders. Knows nothing of domains and
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

// All that answers are made of. Domains without netblocks of their own share one with all that have the same senders.
struct LinkedSpf {
  const SenderTable* senders = nullptr;
  SenderSet enabled;
  IpSet netblocks;
  std::vector<const CompiledPassthrough*> passthrough;  // of all enabled senders
  int lookups = 1;                 // a receiver's, for one question: the term itself and passthrough (see lookups_by())
  SpfAll all = SpfAll::softfail;   // as in SpfPolicy
  bool covers_subdomains = true;   // as in SpfPolicy
  std::uint16_t owner_octets = 0;  // for which pages are made; 0: for none
  std::unique_ptr<const SpfPages> pages;  // the static record; null when no template asks, or policy has none

  // What a question costs a receiver whose client is not authorised; `certain`: by a template whose names
  // hold the client's address for certain (SpfView::is_certain), else one look-up more for the name below "_safe".
  int lookups_by(bool certain) const { return lookups + (certain || passthrough.empty() ? 0 : 1); }

  bool authorises(const IpAddress& address) const;
  // The reason, most specific first; nothing when the address may not send. `rules` are the domain's own.
  std::optional<Authorisation> explain(const IpAddress& address, const SpfRules& rules) const;
};

// Binds rules to one table of senders. Most domains enable the senders of thousands of others, in
// whatever files: these get the same LinkedSpf, and the processor's cache holds them all.
class SpfLinker {
 public:
  // `static_apex`: characters of the longest name that static records end in; 0
  // when no template asks for them. `dearest_template`: as in ResponderUnit.
  SpfLinker(std::shared_ptr<const SenderTable> senders, std::size_t static_apex, std::string dearest_template = "")
      : senders_(std::move(senders)), static_apex_(static_apex), dearest_template_(std::move(dearest_template)) {}

  // Reports unknown senders, and rules that would cost a receiver more than ten
  // lookups (RFC 7208, 4.6.4), against `file`; then the result is null. The senders must
  // stay alive as long as the result.
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
  // Those without netblocks, by hash of `enabled`.
  std::unordered_multimap<std::size_t, std::weak_ptr<const LinkedSpf>> known_;
  std::size_t forget_at_ = 1024;  // entries, then those that nobody uses are dropped
};

}  // namespace emailauth
