#include "policy/snapshot/spf_link.h"
#include "policy/dns/budget.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "policy/json/policy_node.h"

namespace emailauth {

namespace {

std::string unknown_sender(const std::string& sender, const SenderTable& table) {
  std::vector<std::string_view> ids;
  for (const SenderTable::Sender& known : table.senders()) ids.push_back(known.id);
  const std::optional<std::string_view> meant = nearest(sender, ids);
  return "the sender " + in_quotes(sender) + " has no file in senders/; " +
         (meant ? "did you mean " + in_quotes(*meant) + "?" : "add one, or remove it here");
}

// Returns every network that may send, for records without an address. No client has an IPv4-mapped address (RFC 7208,
// 5), but Mail::SPF compares IPv4 clients with "ip6:" terms in that form: a term that contained them would pass all of
// IPv4.
IpSet all_networks(const LinkedSpf& linked) {
  IpSet networks = linked.netblocks;
  for (std::size_t i = 0; i < linked.senders->senders().size(); ++i) {
    if (linked.enabled.contains(i)) networks |= IpSet::of(linked.senders->senders()[i].networks);
  }
  return networks - IpSet::mapped();
}

// Returns the term for a vendor's own record, in which receivers expand macros themselves; "" if that is impossible.
std::string static_term(const CompiledPassthrough& term) {
  if (!term.record.empty()) return "include:" + term.record;
  return term.domain.has_macros() ? "" : term.mechanism + term.domain.to_string() + term.cidr;
}

// Returns the terms that are not for everybody, in the order in which they may follow "~ip4:" for their exceptions.
// That ends the search for these addresses: an exception within another comes first. If two only overlap, the second
// term is not used for the addresses of the first: the record refuses too much, never too little.
std::vector<std::pair<std::string, IpSet>> by_exception(const std::map<std::string, IpSet>& records) {
  std::vector<std::pair<std::string, IpSet>> out;
  std::copy_if(records.begin(), records.end(), std::back_inserter(out),
               [](const auto& r) { return !r.second.empty(); });
  const auto size = [](const auto& r) {
    return std::pair(r.second.address_count(IpFamily::v6), r.second.address_count(IpFamily::v4));
  };
  std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return size(a) < size(b); });
  return out;
}

// The parts of a static record besides networks, in this order.
std::vector<std::string> terms_without_address(const LinkedSpf& linked) {
  std::map<std::string, IpSet> records;  // what is passed on, and the addresses for which it is not
  for (const CompiledPassthrough* term : linked.passthrough) {
    const std::string record = static_term(*term);
    if (record.empty()) continue;
    const auto [at, is_new] = records.try_emplace(record, term->except);
    if (!is_new) at->second &= term->except;
  }
  std::vector<std::string> terms;
  for (const auto& [record, except] : records) {
    if (except.empty()) terms.push_back(record);
  }
  for (const auto& [record, except] : by_exception(records)) {
    for (const IpPrefix& network : except.to_prefixes()) terms.push_back("~" + network.to_spf_term());
    terms.push_back(record);
  }
  return terms;
}

// Returns what a receiver looks up for the terms that are passed through.
int lookups_passed_on(const LinkedSpf& linked) {
  int lookups = 0;
  for (const CompiledPassthrough* term : linked.passthrough) lookups += term->lookups + (term->record.empty() ? 0 : 1);
  return lookups;
}

void report(Diagnostics& diagnostics, const std::string& file, const SpfRules& rules, std::string message) {
  diagnostics.push_back({Severity::error, file, rules.line, rules.pointer + "/spf", std::move(message)});
}

// Rounds up to a typical length, so that pages stay as they are when a domain with a slightly longer name is added.
std::uint16_t owner_octets(const SpfRules& rules, std::size_t static_apex) {
  constexpr std::size_t kStep = 16;
  return static_cast<std::uint16_t>((rules.longest_name + kStep - 1) / kStep * kStep + 1 + static_apex);
}

// Compares two without netblocks.
bool is_same(const LinkedSpf& a, const LinkedSpf& b) {
  return a.enabled == b.enabled && a.passthrough == b.passthrough && a.all == b.all &&
         a.covers_subdomains == b.covers_subdomains && a.owner_octets == b.owner_octets;
}

}  // namespace

std::shared_ptr<const LinkedSpf> SpfLinker::link(const SpfRules& rules, const std::string& file,
                                                 Diagnostics& diagnostics) {
  LinkedSpf linked;
  if (!bind(rules, file, linked, diagnostics)) return nullptr;
  // Netblocks belong to one domain: looking for another one with the same would cost more than it saves.
  const bool may_share = linked.netblocks.empty();
  const std::size_t hash = linked.enabled.hash();
  if (may_share) {
    for (auto [at, end] = known_.equal_range(hash); at != end; ++at) {
      if (auto shared = at->second.lock(); shared && is_same(*shared, linked)) return shared;
    }
  }
  if (linked.owner_octets != 0 && !add_pages(rules, file, linked, diagnostics)) return nullptr;
  auto made = std::make_shared<const LinkedSpf>(std::move(linked));
  if (may_share) known_.emplace(hash, made);
  if (known_.size() >= forget_at_) forget_unused();
  return made;
}

void SpfLinker::forget_unused() {
  std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
  forget_at_ = std::max(forget_at_, 2 * known_.size());
}

bool SpfLinker::bind(const SpfRules& rules, const std::string& file, LinkedSpf& linked,
                     Diagnostics& diagnostics) const {
  const SenderTable& senders = *senders_;
  linked.senders = &senders;
  linked.all = rules.policy.all;
  linked.covers_subdomains = rules.policy.covers_subdomains;
  if (static_apex_ != 0 && rules.policy.static_view) linked.owner_octets = owner_octets(rules, static_apex_);
  bool complete = true;
  for (const SenderReference& reference : rules.policy.senders) {
    const std::size_t index = senders.index_of(reference.sender);
    if (index == SenderSet::npos) {
      diagnostics.push_back(
          {Severity::error, file, reference.line, reference.pointer, unknown_sender(reference.sender, senders)});
      complete = false;
      continue;
    }
    linked.enabled.insert(index);
    for (const CompiledPassthrough& term : senders.senders()[index].passthrough) {
      linked.passthrough.push_back(&term);
      linked.lookups += term.lookups;
    }
  }
  if (!complete) return false;
  std::vector<IpPrefix> networks;
  for (const Netblock& netblock : rules.policy.netblocks) networks.push_back(netblock.network);
  linked.netblocks = IpSet::of(networks);
  if (linked.lookups > kReceiverLookups) {
    report(diagnostics, file, rules,
           "an answer would cost receivers " + std::to_string(linked.lookups) +
               " lookups of 10 (RFC 7208, 4.6.4), because senders are passed through; enable fewer of those");
    return false;
  }
  if (const int lookups = linked.lookups_by(dearest_template_.empty()); lookups > kReceiverLookups) {
    report(diagnostics, file, rules,
           "an answer to " + in_quotes(dearest_template_) + " would cost receivers " + std::to_string(lookups) +
               " lookups of 10 (RFC 7208, 4.6.4), because senders are passed through, by a further name; enable fewer "
               "of those, or serve only templates such as \"include:%{ir}.%{v}.%{d}…\"");
    return false;
  }
  const auto void_lookups = std::count_if(linked.passthrough.begin(), linked.passthrough.end(),
                                          [](const CompiledPassthrough* term) { return term->mechanism == "exists:"; });
  if (void_lookups > kReceiverVoidLookups) {
    report(diagnostics, file, rules,
           "for an address that may not send, an answer would make receivers look up " + std::to_string(void_lookups) +
               " names that do not exist, of 2 (RFC 7208, 4.6.4), because senders with \"exists:\" terms are passed "
               "through; enable fewer of those");
    return false;
  }
  return true;
}

bool SpfLinker::add_pages(const SpfRules& rules, const std::string& file, LinkedSpf& linked,
                          Diagnostics& diagnostics) const {
  linked.pages = std::make_unique<SpfPages>(all_networks(linked), terms_without_address(linked), linked.owner_octets);
  const int lookups = static_cast<int>(linked.pages->starts().size()) + lookups_passed_on(linked);
  if (lookups <= kReceiverLookups) return true;
  report(diagnostics, file, rules,
         "the static record would cost receivers " + std::to_string(lookups) +
             " lookups of 10 (RFC 7208, 4.6.4); enable fewer senders, join networks, or write \"static\": false if "
             "the owner's term has %{i} in it");
  return false;
}

bool LinkedSpf::authorises(const IpAddress& address) const {
  return enabled.intersects(senders->senders_of(address)) || netblocks.contains(address);
}

std::optional<Authorisation> LinkedSpf::explain(const IpAddress& address, const SpfRules& rules) const {
  Authorisation reason;
  for (const Netblock& netblock : rules.policy.netblocks) {
    if (!netblock.network.contains(address)) continue;
    if (reason.netblock == nullptr || netblock.network.length() > reason.netblock->network.length())
      reason.netblock = &netblock;
  }
  if (reason.netblock != nullptr) return reason;
  const std::size_t sender = enabled.first_common(senders->senders_of(address));
  if (sender == SenderSet::npos) return std::nullopt;
  reason.sender = &senders->senders()[sender];
  return reason;
}

}  // namespace emailauth
