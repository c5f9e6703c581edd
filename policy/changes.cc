#include "policy/changes.h"

#include <algorithm>
#include <set>

namespace emailauth {

namespace {

using Units = std::set<const LinkedUnit*>;

Units units_of(const Responder& responder) {
  Units units;
  for (const auto& unit : responder.snapshot().units) units.insert(unit.get());
  return units;
}

Name name_of(const DomainUnit& unit, const Domain& domain) {
  const Result<Name> name = Name::from_wire(std::string(unit.name(domain)) + '\0');
  return name ? *name : Name();
}

// The zones in `units` and in responder.json that `other` does not have.
void collect_zones(const Responder& responder, const Units& units, const Units& other_units, const Responder& other,
                   std::vector<ZoneInfo>& out) {
  const auto add_if_missing = [&](const Name& apex) {
    const std::optional<ZoneInfo> zone = responder.zone_at(apex);
    if (zone && !other.zone_at(apex)) out.push_back(*zone);
  };
  for (const ResponderZone& zone : responder.snapshot().responder->zones) add_if_missing(zone.apex);
  for (const LinkedUnit* linked : units) {
    if (other_units.count(linked) > 0) continue;
    for (const Domain& domain : linked->unit->domains()) {
      for (const HostedFamily family : kHostedFamilies) {
        if (!holds(domain, family)) continue;
        const Result<Name> apex = *Name::parse(to_text(family)) + name_of(*linked->unit, domain);
        if (apex) add_if_missing(*apex);
      }
    }
  }
}

const Domain* find_domain(const Responder& responder, const Name& name) {
  const DomainIndex::Node* node =
      responder.snapshot().domains.find(std::string_view(name.wire()).substr(0, name.wire().size() - 1));
  return node == nullptr || node->is_alias ? nullptr : node->domain;
}

bool rejects(const Domain& domain) {
  return domain.dmarc != nullptr && domain.dmarc->p == DmarcAction::reject && !domain.dmarc->testing;
}

bool has_records(const SelectorTable* table) {
  return table != nullptr && std::any_of(table->entries().begin(), table->entries().end(),
                                         [](const auto& entry) { return entry.kind != SelectorTable::Kind::empty; });
}

// The parent of a zone that is gone may still have NS and DS for it.
void note_lost_zones(const Domain& before, const Domain& after, const Name& name, std::vector<std::string>& notable) {
  for (const HostedFamily family : kHostedFamilies) {
    const std::string apex = std::string(to_text(family)) + "." + name.to_string();
    if (holds(before, family) && !holds(after, family)) {
      notable.push_back(apex + " is no longer served");
    } else if ((family == HostedFamily::dkim && has_records(before.dkim) && !has_records(after.dkim)) ||
               (family == HostedFamily::bimi && has_records(before.bimi) && !has_records(after.bimi))) {
      notable.push_back(apex + " has no selectors any more");
    }
  }
}

}  // namespace

Changes compare(const Responder& before, const Responder& after) {
  Changes changes;
  const Units old_units = units_of(before);
  const Units new_units = units_of(after);
  collect_zones(after, new_units, old_units, before, changes.added);
  collect_zones(before, old_units, new_units, after, changes.removed);
  for (const auto& linked : before.snapshot().units) {
    if (new_units.count(linked.get()) > 0) continue;
    for (const Domain& domain : linked->unit->domains()) {
      const Name name = name_of(*linked->unit, domain);
      const Domain* now = find_domain(after, name);
      if (now == nullptr) {
        changes.notable.push_back(name.to_string() + " is no longer managed");
        continue;
      }
      if (rejects(domain) && !rejects(*now)) changes.notable.push_back(name.to_string() + " no longer has p=reject");
      note_lost_zones(domain, *now, name, changes.notable);
    }
  }
  return changes;
}

}  // namespace emailauth
