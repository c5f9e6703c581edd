// The zones there are, and the names in a zone that can be listed.
#include "policy/answer/responder.h"

namespace emailauth {

namespace {

std::string without_root(const Name& name) { return name.wire().substr(0, name.wire().size() - 1); }

Name owner_name(std::string_view labels, const Name& suffix) {
  const Result<Name> name = Name::from_wire(std::string(labels) + suffix.wire());
  return name ? *name : Name();
}

}  // namespace

void Responder::for_each_zone(const std::function<void(const ZoneInfo&)>& visit) const {
  for (const ResponderZone& zone : snapshot_->responder->zones) {
    visit({zone.apex, zone_id(zone.apex.wire()), snapshot_->serial});
  }
  for (const DomainIndex::Node& node : snapshot_->domains) {
    for (const HostedFamily family : kHostedFamilies) {
      if (!node.zones.has(family)) continue;
      const Result<Name> apex =
          Name::parse(std::string(to_text(family)) + "." + to_presentation(std::string(node.labels()) + '\0'));
      if (apex) visit(*zone_at(*apex));
    }
  }
}

namespace {

// The selectors that hold a record, in front of `apex`.
void for_each_selector(const SelectorTable* table, const Name& apex, const std::function<void(const Name&)>& visit) {
  if (table == nullptr) return;
  for (const SelectorTable::Entry& entry : table->entries()) {
    if (entry.kind != SelectorTable::Kind::empty) visit(owner_name(entry.labels, apex));
  }
}

void for_each_hosted_name(const Domain& domain, HostedFamily family, const Name& apex,
                          const std::function<void(const Name&)>& visit) {
  if (family == HostedFamily::dkim) return for_each_selector(domain.dkim, apex, visit);
  if (family == HostedFamily::bimi) return for_each_selector(domain.bimi, apex, visit);
}

}  // namespace

void Responder::for_each_mirror_name(const DomainIndex::Node& node, const Name& mirror,
                                     const std::function<void(const Name&)>& visit) const {
  const Name domain = owner_name(node.labels(), Name());
  for (const HostedFamily family : kHostedFamilies) {
    if (!holds(*node.domain, family)) continue;
    const Name plain = owner_name(without_root(*Name::parse(to_text(family))), domain);
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
  if (found.zone == nullptr) return;
  const ResponderZone& zone = *found.zone;
  visit(owner_name(without_root(*Name::parse("_dmarc")), zone.apex));
  if (zone.report_host && *zone.report_host != zone.apex) visit(*zone.report_host);
  for (const DomainIndex::Node& node : snapshot_->domains) {
    if (node.domain == nullptr) continue;
    if (zone.report_node && !node.is_alias) visit(owner_name(node.labels(), *zone.report_node));
    if (zone.is_mirror && !node.is_alias) for_each_mirror_name(node, zone.apex, visit);
    if (node.spf == nullptr) continue;
    for (const SpfView& view : zone.views) {
      for (const SpfTemplate& t : view.templates()) {
        if (t.has_address() || t.has_chosen()) continue;
        std::string labels;
        for (const TemplateElement& element : t.left())
          labels += static_cast<char>(element.label.size()) + element.label;
        const Name owner = owner_name(node.labels(), view.apex());
        visit(owner_name(labels, owner));
        for (std::size_t i = 1; node.spf->pages && i < node.spf->pages->starts().size(); ++i) {
          const std::string page = node.spf->pages->starts()[i].label();
          visit(owner_name(static_cast<char>(page.size()) + page, owner));
        }
      }
    }
  }
}

}  // namespace emailauth
