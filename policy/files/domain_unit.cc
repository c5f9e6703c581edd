#include "policy/files/domain_unit.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace emailauth {

namespace {

// A mailbox that no policy can name, to distinguish "the default" from any other.
constexpr const char* kNoMailbox = "\n";

// Returns the wire form without the root label.
std::string labels_of(const Name& name) { return name.wire().substr(0, name.wire().size() - 1); }

// Equal keys mean equal answers.
std::string key_of(const SpfPolicy& spf) {
  std::string key(to_text(spf.all));
  key += spf.covers_subdomains ? "+" : "-";
  key += spf.static_view ? "s" : "-";
  for (const SenderReference& sender : spf.senders) key += " " + sender.sender;
  for (const Netblock& netblock : spf.netblocks) key += " " + netblock.network.to_string() + "\n" + netblock.note;
  return key;
}

SelectorTable dkim_table(const DkimPolicy& dkim) {
  SelectorTable table;
  for (const DkimKey& key : dkim.keys) {
    if (key.cname)
      table.add(key.selector, SelectorTable::Kind::cname, key.cname->wire(), revoked_from(key));
    else
      table.add(key.selector, SelectorTable::Kind::txt, to_record(key), revoked_from(key));
  }
  table.set_other(dkim.other_selectors);
  table.finish();
  return table;
}

SelectorTable bimi_table(const std::vector<std::pair<Name, std::string>>& records) {
  SelectorTable table;
  for (const auto& [selector, record] : records) table.add(selector, SelectorTable::Kind::txt, record);
  table.finish();
  return table;
}

bool is_same_domain(const DomainUnit& unit_a, const Domain& a, const DomainUnit& unit_b, const Domain& b) {
  const auto same = [](const auto* one, const auto* other) {
    return one == other || (one != nullptr && other != nullptr && *one == *other);
  };
  const auto spf_of = [](const DomainUnit& unit, const Domain& domain) {
    return domain.spf < 0 ? std::string() : key_of(unit.spf_rules()[static_cast<std::size_t>(domain.spf)].policy);
  };
  const auto dmarc_of = [](const Domain& domain) {
    return domain.dmarc == nullptr ? std::string() : to_record(*domain.dmarc, kNoMailbox);
  };
  return unit_a.name(a) == unit_b.name(b) && a.blocked == b.blocked && a.zones == b.zones &&
         a.lists_zones == b.lists_zones && same(a.dkim, b.dkim) && same(a.bimi, b.bimi) && same(a.mta_sts, b.mta_sts) &&
         same(a.tls_rpt, b.tls_rpt) && dmarc_of(a) == dmarc_of(b) && spf_of(unit_a, a) == spf_of(unit_b, b);
}

}  // namespace

void SelectorTable::add(const Name& selector, Kind kind, std::string content, Day revoked_from) {
  entries_.push_back({labels_of(selector), kind, std::move(content), revoked_from});
}

void SelectorTable::finish() {
  const std::vector<Entry> given = entries_;
  for (const Entry& entry : given) {
    std::string_view rest = entry.labels;
    while (true) {
      rest.remove_prefix(1U + static_cast<unsigned char>(rest[0]));
      if (rest.empty()) break;
      entries_.push_back({std::string(rest), Kind::empty, "", Day::max()});
    }
  }
  // Of several entries with one name, the one with a record stays.
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.labels != b.labels ? a.labels < b.labels : a.kind > b.kind;
  });
  const auto same = [](const Entry& a, const Entry& b) { return a.labels == b.labels; };
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
}

const SelectorTable::Entry* SelectorTable::find(std::string_view labels) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), labels,
                                   [](const Entry& entry, std::string_view wanted) { return entry.labels < wanted; });
  return at != entries_.end() && at->labels == labels ? &*at : nullptr;
}

const DomainUnit::DatedSerial* DomainUnit::last_change(Day today) const {
  const auto next = std::upper_bound(dated_.begin(), dated_.end(), today,
                                     [](Day day, const DatedSerial& change) { return day < change.day; });
  return next == dated_.begin() ? nullptr : &*std::prev(next);
}

std::uint32_t DomainUnit::serial(Day today) const {
  const DatedSerial* change = last_change(today);
  return change == nullptr ? serial_ : change->serial;
}

bool DomainUnit::changes_between(Day after, Day until) const {
  const DatedSerial* change = last_change(until);
  return change != nullptr && change->day > after;
}

bool holds(const Domain& domain, HostedFamily family) {
  switch (family) {
    case HostedFamily::dmarc: return domain.dmarc != nullptr;
    case HostedFamily::dkim: return domain.dkim != nullptr;
    case HostedFamily::bimi: return domain.bimi != nullptr;
    case HostedFamily::mta_sts: return domain.mta_sts != nullptr;
    case HostedFamily::tls_rpt: return domain.tls_rpt != nullptr;
  }
  return false;
}

DomainUnit::Object DomainUnit::object_of(const Domain& domain) const {
  auto begin = static_cast<std::size_t>(&domain - domains_.data());
  while (domains_[begin].is_entry) --begin;
  std::size_t end = begin + 1;
  while (end < domains_.size() && domains_[end].is_entry) ++end;
  const auto alias_of = [&](std::size_t index) {
    return std::partition_point(aliases_.begin(), aliases_.end(),
                                [&](const Alias& alias) { return alias.domain < index; });
  };
  return {std::span(domains_).subspan(begin, end - begin), std::span(alias_of(begin), alias_of(end))};
}

bool is_same_object(const DomainUnit& unit_a, const Domain& a, const DomainUnit& unit_b, const Domain& b) {
  const DomainUnit::Object one = unit_a.object_of(a);
  const DomainUnit::Object other = unit_b.object_of(b);
  const auto same_domain = [&](const Domain& x, const Domain& y) { return is_same_domain(unit_a, x, unit_b, y); };
  const auto same_alias = [](const DomainUnit::Alias& x, const DomainUnit::Alias& y) { return x.labels == y.labels; };
  return std::equal(one.domains.begin(), one.domains.end(), other.domains.begin(), other.domains.end(), same_domain) &&
         std::equal(one.aliases.begin(), one.aliases.end(), other.aliases.begin(), other.aliases.end(), same_alias);
}

DomainUnitBuilder::DomainUnitBuilder(std::string file, std::uint32_t serial) : unit_(std::make_shared<DomainUnit>()) {
  unit_->file_ = std::move(file);
  unit_->serial_ = serial;
}

const std::string* DomainUnitBuilder::intern_text(const std::optional<std::string>& text) {
  if (!text) return nullptr;
  const std::string*& known = texts_[*text];
  if (known == nullptr) known = &unit_->texts_.emplace_back(*text);
  return known;
}

const SelectorTable* DomainUnitBuilder::intern_selectors(SelectorTable table) {
  const auto known = selectors_.find(table);
  if (known != selectors_.end()) return known->second;
  const SelectorTable* stored = &unit_->selectors_.emplace_back(table);
  selectors_.emplace(std::move(table), stored);
  return stored;
}

void DomainUnitBuilder::add(DomainPolicy policy) {
  Domain domain;
  const std::string labels = labels_of(policy.domain);
  domain.name_offset = static_cast<std::uint32_t>(unit_->names_.size());
  domain.name_size = static_cast<std::uint8_t>(labels.size());
  unit_->names_ += labels;
  domain.blocked = policy.mode == DomainMode::blocked;
  domain.is_entry = policy.is_entry;
  domain.lists_zones = policy.lists_zones;
  domain.zones = policy.empty_zones;
  domain.line = policy.line;
  if (policy.spf) {
    const auto [at, is_new] =
        spf_by_key_.try_emplace(key_of(*policy.spf), static_cast<std::int32_t>(unit_->spf_rules_.size()));
    if (is_new) unit_->spf_rules_.push_back({std::move(*policy.spf), 0, policy.line, policy.pointer});
    domain.spf = at->second;
    std::size_t& longest = unit_->spf_rules_[static_cast<std::size_t>(domain.spf)].longest_name;
    longest = std::max(longest, labels.size() - 1);
    for (const Name& alias : policy.aliases) longest = std::max(longest, alias.wire().size() - 2);
  }
  if (policy.dmarc) {
    const DmarcPolicy*& known = dmarc_by_record_[to_record(*policy.dmarc, kNoMailbox)];
    if (known == nullptr) known = &unit_->dmarc_.emplace_back(std::move(*policy.dmarc));
    domain.dmarc = known;
  }
  if (policy.dkim) {
    domain.dkim = intern_selectors(dkim_table(*policy.dkim));
    for (const DkimKey& key : policy.dkim->keys) {
      if (key.state != DkimKeyState::revoked && key.revoked_on) dates_.insert(*key.revoked_on);
    }
  }
  if (!policy.bimi.empty()) domain.bimi = intern_selectors(bimi_table(policy.bimi));
  domain.mta_sts = intern_text(policy.mta_sts);
  domain.tls_rpt = intern_text(policy.tls_rpt);
  for (const HostedFamily family : kHostedFamilies) {
    if (holds(domain, family)) domain.zones.add(family);
  }
  const auto index = static_cast<std::uint32_t>(unit_->domains_.size());
  unit_->domains_.push_back(domain);
  for (const Name& alias : policy.aliases) unit_->aliases_.push_back({labels_of(alias), index, policy.line});
}

void DomainUnitBuilder::add_broken(const DomainPolicy& policy) {
  std::string labels = labels_of(policy.domain);
  if (!policy.is_entry) broken_domain_ = labels;
  for (const Name& alias : policy.aliases) unit_->broken_.push_back({labels_of(alias), labels, true, policy.line});
  unit_->broken_.push_back({std::move(labels), broken_domain_, false, policy.line});
}

std::shared_ptr<const DomainUnit> DomainUnitBuilder::finish() {
  unit_->names_.shrink_to_fit();
  unit_->domains_.shrink_to_fit();
  std::uint32_t serial = unit_->serial_;
  for (const Day day : dates_) {
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    serial = static_cast<std::uint32_t>(std::min(std::max(std::int64_t{serial} + 1, begin_of(day)), kMost));
    unit_->dated_.push_back({day, serial});
  }
  return unit_;
}

}  // namespace emailauth
