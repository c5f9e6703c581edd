// The zones there are, and the names in a zone that can be listed.
#include <array>
#include <iterator>

#include "policy/answer/responder.h"

namespace emailauth {

namespace {

// Labels in wire form in front of `suffix`; the root if that would be too long.
Name owner_name(std::string_view labels, const Name& suffix) {
  const Result<Name> name = Name::from_wire(std::string(labels) + suffix.wire());
  return name ? *name : Name();
}

// "_dmarc" and its like as labels in wire form.
std::string labels_of(std::string_view text) {
  std::string wire = Name::parse(text)->wire();
  wire.pop_back();
  return wire;
}

const std::string& labels_of(HostedFamily family) {
  static const std::array<std::string, std::size(kHostedFamilies)> kLabels = [] {
    std::array<std::string, std::size(kHostedFamilies)> out;
    for (const HostedFamily one : kHostedFamilies) out[static_cast<std::size_t>(one)] = labels_of(to_text(one));
    return out;
  }();
  return kLabels[static_cast<std::size_t>(family)];
}

}  // namespace

void Responder::for_each_zone(const std::function<void(const ZoneInfo&)>& visit) const {
  for (const ResponderZone& zone : snapshot_->responder->zones) {
    visit({zone.apex, zone_id(zone.apex.wire()), snapshot_->serial});
  }
  for (const DomainIndex::Node& node : snapshot_->domains) {
    for (const HostedFamily family : kHostedFamilies) {
      if (!node.zones.has(family)) continue;
      const Name apex = owner_name(labels_of(family), owner_name(node.labels(), Name()));
      if (!apex.is_root()) visit(*zone_at(apex));
    }
  }
}

namespace {

// Visits the selectors that have a record, before `apex`.
void for_each_selector(const SelectorTable* table, const Name& apex, const std::function<void(const Name&)>& visit) {
  if (table == nullptr) return;
  for (const SelectorTable::Entry& entry : table->entries()) {
    if (entry.kind != SelectorTable::Kind::empty) visit(owner_name(entry.labels, apex));
  }
}

// The names below the apex of a hosted zone that hold records.
void for_each_hosted_name(const Domain& domain, HostedFamily family, const Name& apex,
                          const std::function<void(const Name&)>& visit) {
  if (family == HostedFamily::dkim) return for_each_selector(domain.dkim, apex, visit);
  if (family == HostedFamily::bimi) return for_each_selector(domain.bimi, apex, visit);
}

// The static record that a template without an address names in a view, and the pages of it.
void for_each_static_name(const DomainIndex::Node& node, const SpfView& view, const SpfTemplate& t,
                          const std::function<void(const Name&)>& visit) {
  std::string labels;
  for (const TemplateElement& element : t.left()) labels += static_cast<char>(element.label.size()) + element.label;
  const Name owner = owner_name(node.labels(), view.apex());
  visit(owner_name(labels, owner));
  if (!node.spf->pages) return;
  const auto& starts = node.spf->pages->starts();
  for (std::size_t i = 1; i < starts.size(); ++i) {
    const std::string page = starts[i].label();
    visit(owner_name(static_cast<char>(page.size()) + page, owner));
  }
}

void for_each_view_name(const DomainIndex::Node& node, const SpfView& view,
                        const std::function<void(const Name&)>& visit) {
  for (const SpfTemplate& t : view.templates()) {
    if (!t.has_address() && !t.has_chosen()) for_each_static_name(node, view, t, visit);
  }
}

}  // namespace

void Responder::for_each_mirror_name(const DomainIndex::Node& node, const Name& mirror,
                                     const std::function<void(const Name&)>& visit) const {
  const Name domain = owner_name(node.labels(), Name());
  for (const HostedFamily family : kHostedFamilies) {
    if (!holds(*node.domain, family)) continue;
    const Name plain = owner_name(labels_of(family), domain);
    std::vector<Result<Name>> apexes = {mirror_name(plain, mirror)};
    if (snapshot_->responder->policy.mirror_old_names) apexes.push_back(plain + mirror);
    for (const Result<Name>& apex : apexes) {
      if (!apex) continue;
      if (family != HostedFamily::dkim && family != HostedFamily::bimi) visit(*apex);
      for_each_hosted_name(*node.domain, family, *apex, visit);
    }
  }
}

void Responder::for_each_name(const ZoneInfo& info, const std::function<void(const Name&)>& visit) const {
  NameView apex;
  if (!apex.assign(info.apex.wire())) return;
  const Found found = locate(apex);
  visit(info.apex);
  if (found.node != nullptr) return for_each_hosted_name(*found.node->domain, found.hosted.family, info.apex, visit);
  if (found.zone != nullptr) for_each_responder_name(*found.zone, visit);
}

// A zone of the operator's: what it says about itself, and what it holds of each domain.
void Responder::for_each_responder_name(const ResponderZone& zone,
                                        const std::function<void(const Name&)>& visit) const {
  visit(owner_name(labels_of(HostedFamily::dmarc), zone.apex));
  if (zone.report_host && *zone.report_host != zone.apex) visit(*zone.report_host);
  for (const DomainIndex::Node& node : snapshot_->domains) {
    if (node.domain == nullptr) continue;
    if (zone.report_node && !node.is_alias) visit(owner_name(node.labels(), *zone.report_node));
    if (zone.is_mirror && !node.is_alias) for_each_mirror_name(node, zone.apex, visit);
    if (node.spf == nullptr) continue;
    for (const SpfView& view : zone.views) for_each_view_name(node, view, visit);
  }
}

}  // namespace emailauth
