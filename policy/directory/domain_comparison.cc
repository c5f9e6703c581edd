#include "policy/directory/domain_comparison.h"

#include <algorithm>
#include <iterator>

namespace emailauth {

namespace {

// In one zone of responder.json; beyond this, removing the zone as a whole costs less.
constexpr std::size_t kMostNamesOfZone = 1000;
constexpr std::size_t kMostTreesOfZone = 3;

// "example.com" below "_spf.provider.net".
std::string domain_below(std::string_view labels, const Name& node) { return std::string(labels) + node.wire(); }

const DomainIndex::Node* find_node(const Responder& responder, std::string_view labels) {
  return responder.snapshot().domains.find(labels);
}

// Returns the selectors of a family that has them; nullptr for other families.
const SelectorTable* selector_table(const Responder& responder, std::string_view labels, HostedFamily family) {
  const DomainIndex::Node* node = find_node(responder, labels);
  if (node == nullptr || node->domain == nullptr || node->is_alias) return nullptr;
  if (family == HostedFamily::dkim) return node->domain->dkim;
  return family == HostedFamily::bimi ? node->domain->bimi : nullptr;
}

OtherSelectors other_of(const SelectorTable* table) { return table == nullptr ? OtherSelectors::none : table->other(); }

// Names all members, so that a new one cannot be forgotten here.
bool answer_alike(const LinkedSpf& a, const LinkedSpf& b) {
  const auto& [senders, enabled, netblocks, passthrough, lookups, all, covers_subdomains, owner_octets, pages] = a;
  return senders == b.senders && enabled == b.enabled && netblocks == b.netblocks &&
         passthrough.size() == b.passthrough.size() && lookups == b.lookups && all == b.all &&
         covers_subdomains == b.covers_subdomains && owner_octets == b.owner_octets &&
         (pages == nullptr) == (b.pages == nullptr);
}

bool have_same_spf(const DomainIndex::Node* a, const DomainIndex::Node* b) {
  const LinkedSpf* then = a == nullptr ? nullptr : a->spf;
  const LinkedSpf* now = b == nullptr ? nullptr : b->spf;
  const bool same_below = (a != nullptr && a->has_spf) == (b != nullptr && b->has_spf);
  return same_below && (then == now || (then != nullptr && now != nullptr && answer_alike(*then, *now)));
}

bool is_apex(const Answer& answer, const std::string& wire) {
  return answer.kind == Answer::Kind::exists && answer.zone_octets == wire.size();
}

}  // namespace

DomainComparison::DomainComparison(const Responder& before, const Responder& after) : before_(before), after_(after) {
  const Snapshot& then = before.snapshot();
  const Snapshot& now = after.snapshot();
  same_responder_ = then.responder == now.responder;
  same_soa_ = before.soa_data(0) == after.soa_data(0);
  for (const HostedFamily family : kHostedFamilies) {
    families_.push_back(Name::parse(to_text(family))->wire());
    families_.back().pop_back();
  }
  for (const ResponderZone& zone : now.responder->zones) {
    // What senders have in common is not worth comparing for every domain that enables them.
    const bool whole = !same_responder_ || (then.senders != now.senders && !zone.views.empty());
    zones_.push_back({&zone, whole, {}, {}});
  }
  for (ZoneNames& zone : zones_) {
    if (zone.zone->is_mirror) mirror_ = &zone;
  }
  for (const ResponderZone& zone : then.responder->zones) {
    if (!after.zone_at(zone.apex)) stale_.add_tree(zone.apex);
  }
}

void DomainComparison::compare(std::string_view labels) {
  for (std::size_t i = 0; i < std::size(kHostedFamilies); ++i) {
    std::string apex = families_[i];
    apex.append(labels).push_back('\0');
    if (apex.size() <= NameView::kMaxOctets) compare_hosted_zone(kHostedFamilies[i], labels, apex);
  }
  for (ZoneNames& zone : zones_) {
    if (zone.whole) continue;
    compare_spf(zone, labels);
    if (zone.zone->report_node) compare_node(zone, labels, *zone.zone->report_node);
    if (zone.zone->is_mirror) compare_node(zone, labels, zone.zone->apex);
  }
}

void DomainComparison::compare_hosted_zone(HostedFamily family, std::string_view labels, const std::string& apex) {
  before_.answer(apex, old_);
  after_.answer(apex, new_);
  const bool had = is_apex(old_, apex);
  const bool has = is_apex(new_, apex);
  if (had != has) {
    const Answer& answer = has ? new_ : old_;
    (has ? added_ : removed_).push_back({*Name::from_wire(apex), answer.zone_id, answer.serial});
    add_hosted_tree(apex, labels);
  } else if (has && !stale_.everything) {
    const bool differs = !are_equal(old_, new_);
    if (compare_selectors(family, labels, apex) || differs) add_hosted(apex);
  }
  // A zone that stays but is empty has no names in the mirror zone, nor one above "_smtp._tls-of".
  if (mirror_ == nullptr) return;
  const std::string node = domain_below(labels, mirror_->zone->apex);
  const Result<Name> mirrored = mirror_name(*Name::from_wire(apex), mirror_->zone->apex);
  if (!mirrored) return;
  for (std::string wire = mirrored->wire(); wire.size() > node.size();
       wire.erase(0, 1U + static_cast<unsigned char>(wire[0]))) {
    differ(wire);
    if (old_.kind != new_.kind) return add(*mirror_, node, true);
  }
}

// Returns true if a name below the apex has another answer.
bool DomainComparison::compare_selectors(HostedFamily family, std::string_view labels, const std::string& apex) {
  const SelectorTable* then = selector_table(before_, labels, family);
  const SelectorTable* now = selector_table(after_, labels, family);
  if (other_of(then) != other_of(now)) {
    add_hosted_tree(apex, labels);
    return true;
  }
  const bool equal = then == now || (then != nullptr && now != nullptr && *then == *now);
  if (equal && same_responder_ && before_.snapshot().today == after_.snapshot().today) return false;
  bool differs = false;
  const auto look = [&](const SelectorTable::Entry& entry) {
    const std::string wire = entry.labels + apex;
    if (!differ(wire)) return;
    differs = true;
    add_hosted(wire);
  };
  if (now != nullptr) std::for_each(now->entries().begin(), now->entries().end(), look);
  for (std::size_t i = 0; then != nullptr && i < then->entries().size(); ++i) {
    const SelectorTable::Entry& entry = then->entries()[i];
    if (now == nullptr || now->find(entry.labels) == nullptr) look(entry);
  }
  return differs;
}

// Whatever the templates, the names that ask about a domain end in it.
void DomainComparison::compare_spf(ZoneNames& zone, std::string_view labels) {
  if (zone.zone->views.empty() || have_same_spf(find_node(before_, labels), find_node(after_, labels))) return;
  for (const SpfView& view : zone.zone->views) {
    add(zone, domain_below(labels, view.apex()), true);
    compare_ancestors(zone, labels, view.apex());
  }
}

// The name of the domain below a node and, if the node appears or disappears, the names between the two.
void DomainComparison::compare_node(ZoneNames& zone, std::string_view labels, const Name& node) {
  const std::string wire = domain_below(labels, node);
  if (!differ(wire)) return;
  add(zone, wire, false);
  compare_ancestors(zone, labels, node);
}

void DomainComparison::compare_ancestors(ZoneNames& zone, std::string_view labels, const Name& node) {
  while (true) {
    labels.remove_prefix(1U + static_cast<unsigned char>(labels[0]));
    if (labels.empty()) return;
    const std::string wire = domain_below(labels, node);
    if (!differ(wire)) continue;
    add(zone, wire, false);
    // When a public suffix appears in the mirror zone or disappears, so does the record about it.
    const std::string said = "\6_dmarc" + wire;
    if (zone.zone->is_mirror && said.size() <= NameView::kMaxOctets && differ(said)) add(zone, said, false);
  }
}

bool DomainComparison::differ(const std::string& wire) {
  before_.answer(wire, old_);
  after_.answer(wire, new_);
  return !are_equal(old_, new_);
}

bool DomainComparison::are_equal(const Answer& a, const Answer& b) const {
  return a.kind == b.kind && std::equal(a.records.begin(), a.records.end(), b.records.begin(), b.records.end(),
                                        [this](const Record& x, const Record& y) {
                                          return x.type == y.type && x.ttl == y.ttl &&
                                                 (x.data == y.data || (x.type == RecordType::soa && same_soa_));
                                        });
}

void DomainComparison::add_hosted(const std::string& wire) {
  const Result<Name> name = Name::from_wire(wire);
  if (!name) return;
  stale_.add_name(*name);
  if (mirror_ == nullptr) return;
  if (const Result<Name> mirrored = mirror_name(*name, mirror_->zone->apex)) add(*mirror_, mirrored->wire(), false);
  if (after_.snapshot().responder->policy.mirror_old_names)
    add(*mirror_, wire.substr(0, wire.size() - 1) + mirror_->zone->apex.wire(), false);
}

void DomainComparison::add_hosted_tree(const std::string& wire, std::string_view labels) {
  stale_.add_tree(*Name::from_wire(wire));
  if (mirror_ != nullptr) add(*mirror_, domain_below(labels, mirror_->zone->apex), true);
}

void DomainComparison::add(ZoneNames& zone, const std::string& wire, bool tree) {
  const Result<Name> name = Name::from_wire(wire);  // a mirrored name may be too long
  if (zone.whole || !name) return;
  std::vector<Name>& list = tree ? zone.trees : zone.names;
  if (list.empty() || list.back() != *name) list.push_back(*name);
  if (zone.names.size() <= kMostNamesOfZone && zone.trees.size() <= kMostTreesOfZone) return;
  zone.whole = true;
  zone.names.clear();
  zone.trees.clear();
}

StaleNames DomainComparison::finish() {
  for (const ZoneNames& zone : zones_) {
    if (zone.whole)
      stale_.add_tree(zone.zone->apex);
    else
      stale_.add_name(zone.zone->apex);  // its serial moves with every file
    for (const Name& name : zone.names) stale_.add_name(name);
    for (const Name& name : zone.trees) stale_.add_tree(name);
  }
  return std::move(stale_);
}

}  // namespace emailauth
