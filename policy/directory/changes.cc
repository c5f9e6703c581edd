#include "policy/directory/changes.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "policy/directory/domain_comparison.h"

namespace emailauth {

namespace {

using Units = std::vector<const DomainUnit*>;  // sorted

// Files by their domains. If domains are left out, because of wrong rules or because other files have their names, it
// matters which: a new LinkedUnit then shows a change.
using UnitKeys = std::vector<std::pair<const DomainUnit*, const LinkedUnit*>>;

UnitKeys keys_of(const Responder& responder) {
  UnitKeys keys;
  for (const auto& linked : responder.snapshot().units)
    keys.emplace_back(linked->unit.get(), linked->complete && linked->left_out.empty() ? nullptr : linked.get());
  std::sort(keys.begin(), keys.end());
  return keys;
}

Units units_of(const UnitKeys& keys) {
  Units units;
  for (const auto& [unit, linked] : keys) units.push_back(unit);
  return units;
}

Name name_of(std::string_view labels) {
  const Result<Name> name = Name::from_wire(std::string(labels) + '\0');
  return name ? *name : Name();
}

// Returns what is served of a domain of `unit`; nullptr if its name belongs to another file.
const DomainIndex::Node* node_of(const Responder& responder, const DomainUnit& unit, const Domain& domain) {
  const DomainIndex::Node* node = responder.snapshot().domains.find(unit.name(domain));
  return node != nullptr && node->domain == &domain ? node : nullptr;
}

bool rejects(const Domain& domain) {
  return domain.dmarc != nullptr && domain.dmarc->p == DmarcAction::reject && !domain.dmarc->testing;
}

bool has_records(const SelectorTable* table) {
  return table != nullptr && std::any_of(table->entries().begin(), table->entries().end(),
                                         [](const auto& entry) { return entry.kind != SelectorTable::Kind::empty; });
}

// The parent of a zone that is gone may still have NS and DS records for it.
void note_lost_zones(const DomainIndex::Node& before, const DomainIndex::Node& after, const Name& name,
                     std::vector<std::string>& notable) {
  const Domain& old = *before.domain;
  const Domain& now = *after.domain;
  for (const HostedFamily family : kHostedFamilies) {
    const std::string apex = std::string(to_text(family)) + "." + name.to_string();
    if (before.zones.has(family) && !after.zones.has(family)) {
      notable.push_back(apex + " is no longer served");
    } else if (holds(old, family) && !holds(now, family)) {
      notable.push_back(apex + " is served empty");
    } else if ((family == HostedFamily::dkim && has_records(old.dkim) && !has_records(now.dkim)) ||
               (family == HostedFamily::bimi && has_records(old.bimi) && !has_records(now.bimi))) {
      notable.push_back(apex + " no longer has any selectors");
    }
  }
}

class Comparison {
 public:
  Comparison(const Responder& before, const Responder& after)
      : before_(before), after_(after), domains_(before, after) {
    find_changed_units();
  }

  Changes run() {
    compare_responder_zones();
    for (const DomainUnit* unit : now_)
      for_each_name(*unit, [&](std::string_view labels) { domains_.compare(labels); });
    for (const DomainUnit* unit : then_) {
      for_each_name(*unit, [&](std::string_view labels) {
        if (!was_compared(labels)) domains_.compare(labels);
      });
      note(*unit);
    }
    changes_.added.insert(changes_.added.end(), domains_.added().begin(), domains_.added().end());
    changes_.removed.insert(changes_.removed.end(), domains_.removed().begin(), domains_.removed().end());
    changes_.stale = domains_.finish();
    return std::move(changes_);
  }

 private:
  void find_changed_units() {
    const UnitKeys old_keys = keys_of(before_);
    const UnitKeys new_keys = keys_of(after_);
    if (before_.snapshot().responder != after_.snapshot().responder) {  // TTLs, name servers: all answers may differ
      then_ = units_of(old_keys);
      now_ = units_of(new_keys);
      return;
    }
    UnitKeys gone;
    UnitKeys come;
    std::set_difference(old_keys.begin(), old_keys.end(), new_keys.begin(), new_keys.end(), std::back_inserter(gone));
    std::set_difference(new_keys.begin(), new_keys.end(), old_keys.begin(), old_keys.end(), std::back_inserter(come));
    then_ = units_of(gone);
    now_ = units_of(come);
    add_dated_units();
  }

  // Visits files that are the same, and in which a date has come.
  void add_dated_units() {
    const Day then = before_.snapshot().today;
    const Day today = after_.snapshot().today;
    if (then == today) return;
    for (const auto& linked : after_.snapshot().units) {
      if (linked->unit->changes_between(then, today)) now_.push_back(linked->unit.get());
    }
    std::sort(now_.begin(), now_.end());
  }

  template <typename F>
  static void for_each_name(const DomainUnit& unit, F&& visit) {
    for (const Domain& domain : unit.domains()) visit(unit.name(domain));
    for (const DomainUnit::Alias& alias : unit.aliases()) visit(alias.labels);
  }

  // A name that a file of the new generation decides about is compared with that file.
  bool was_compared(std::string_view labels) const {
    const DomainIndex::Node* node = after_.snapshot().domains.find(labels);
    return node != nullptr && node->unit != nullptr && std::binary_search(now_.begin(), now_.end(), node->unit);
  }

  void compare_responder_zones() {
    for (const auto& [one, other, missing] :
         {std::tuple(&after_, &before_, &changes_.added), std::tuple(&before_, &after_, &changes_.removed)}) {
      for (const ResponderZone& zone : one->snapshot().responder->zones) {
        if (!other->zone_at(zone.apex)) missing->push_back(*one->zone_at(zone.apex));
      }
    }
  }

  void note(const DomainUnit& unit) {
    for (const Domain& domain : unit.domains()) {
      const DomainIndex::Node* old = node_of(before_, unit, domain);
      if (old == nullptr) continue;
      const Name name = name_of(unit.name(domain));
      const DomainIndex::Node* now = after_.snapshot().domains.find(unit.name(domain));
      if (now == nullptr || now->domain == nullptr || now->is_alias) {
        changes_.notable.push_back(name.to_string() + " is no longer managed");
        continue;
      }
      if (rejects(domain) && !rejects(*now->domain))
        changes_.notable.push_back(name.to_string() + " no longer has p=reject");
      note_lost_zones(*old, *now, name, changes_.notable);
    }
  }

  const Responder& before_;
  const Responder& after_;
  Units then_;  // units that only the old generation has
  Units now_;   // units that only the new one has, or in which a date has come
  DomainComparison domains_;
  Changes changes_;
};

}  // namespace

Changes compare(const Responder& before, const Responder& after) { return Comparison(before, after).run(); }

}  // namespace emailauth
