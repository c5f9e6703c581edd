#include "policy/snapshot.h"

#include <algorithm>
#include <iterator>

#include "policy/hosted_name.h"
#include "policy/report_uri.h"

namespace emailauth {

namespace {

std::string dotted(std::string_view labels) { return to_presentation(std::string(labels) + '\0'); }

void place_report_node(ResponderUnit& unit) {
  const std::optional<Name> host = mailto_domain(unit.policy.report_mailbox);
  if (!host) return;
  const Result<Name> node = Name::parse("_report._dmarc." + host->to_string());
  for (ResponderZone& zone : unit.zones) {
    if (node && node->is_at_or_below(zone.apex)) zone.report_node = *node;
    if (host->is_at_or_below(zone.apex)) zone.report_host = *host;
  }
}

// The view with this apex, made when there is none.
SpfView& view_of(ResponderUnit& unit, const Name& apex) {
  ResponderZone& zone = *std::find_if(unit.zones.begin(), unit.zones.end(),
                                      [&](const ResponderZone& z) { return apex.is_at_or_below(z.apex); });
  const auto known =
      std::find_if(zone.views.begin(), zone.views.end(), [&](const SpfView& v) { return v.apex() == apex; });
  return known != zone.views.end() ? *known : zone.views.emplace_back(apex);
}

std::optional<Error> add_template(ResponderUnit& unit, const TemplateText& text) {
  const Result<SpfTemplate> parsed = SpfTemplate::parse(text.text, unit.policy.zones);
  if (!parsed) return parsed.error();
  if (unit.policy.mirror_zone && parsed->view_apex() == *unit.policy.mirror_zone) {
    return Error{in_quotes(text.text) +
                 " ends in the mirror zone, where names of domains mean something else; give it a label of its own"};
  }
  if (!parsed->has_address()) unit.static_apex = std::max(unit.static_apex, parsed->view_apex().wire().size() - 2);
  return view_of(unit, parsed->view_apex()).add(*parsed);
}

class IndexBuilder {
  static constexpr std::size_t kAhead = 8;  // names; more do not pay

 public:
  IndexBuilder(Snapshot& snapshot, Diagnostics& diagnostics) : snapshot_(snapshot), diagnostics_(diagnostics) {}

  // False when the unit cannot stand beside the ones before it.
  bool add(const LinkedUnit& linked) {
    const std::size_t before = diagnostics_.size();
    const DomainUnit& unit = *linked.unit;
    const std::vector<Domain>& domains = unit.domains();
    for (std::size_t i = 0; i < domains.size(); ++i) {
      if (i + kAhead < domains.size()) snapshot_.domains.prefetch(unit.name(domains[i + kAhead]));
      const Domain& domain = domains[i];
      if (!is_usable(linked, domain)) continue;
      const std::string_view labels = unit.name(domain);
      if (check_zone(unit, domain.line, labels)) add_node(linked, unit, domain, labels, domain.line, false);
    }
    for (const DomainUnit::Alias& alias : unit.aliases()) {
      const Domain& domain = unit.domains()[alias.domain];
      if (is_usable(linked, domain)) add_node(linked, unit, domain, alias.labels, alias.line, true);
    }
    return diagnostics_.size() == before;
  }

 private:
  static bool is_usable(const LinkedUnit& linked, const Domain& domain) {
    return domain.spf < 0 || linked.spf[static_cast<std::size_t>(domain.spf)] != nullptr;
  }

  static std::size_t hosted_zones(const Domain& domain) {
    return static_cast<std::size_t>(std::count_if(std::begin(kHostedFamilies), std::end(kHostedFamilies),
                                                  [&](HostedFamily family) { return holds(domain, family); }));
  }

  bool check_zone(const DomainUnit& unit, std::uint32_t line, std::string_view labels) {
    const Name* zone = zone_around(*snapshot_.responder, labels);
    if (zone == nullptr) return true;
    error(unit, line,
          "the domain " + in_quotes(dotted(labels)) + " lies in the zone " + in_quotes(zone->to_string()) +
              " of the responder itself; a responder's zone sends no mail: use another name");
    return false;
  }

  void add_node(const LinkedUnit& linked, const DomainUnit& unit, const Domain& domain, std::string_view labels,
                std::uint32_t line, bool is_alias) {
    DomainIndex::Node& node = snapshot_.domains.at(labels);
    if (node.domain != nullptr) {
      return error(unit, line,
                   std::string(is_alias ? "the alias " : "the domain ") + in_quotes(dotted(labels)) +
                       " stands also in " + node.unit->file() + ":" + std::to_string(node.domain->line) + "; keep one");
    }
    node.domain = &domain;
    node.unit = &unit;
    node.is_alias = is_alias;
    if (domain.spf >= 0) node.spf = linked.spf[static_cast<std::size_t>(domain.spf)].get();
    node.has_spf = node.has_spf || node.spf != nullptr;
    node.has_hosted = node.has_hosted || (!is_alias && domain.has_hosted_records());
    node.has_managed = node.has_managed || !is_alias;
    if (!is_alias) snapshot_.hosted_zones += hosted_zones(domain);
    snapshot_.domains.mark_ancestors(node);
  }

  void error(const DomainUnit& unit, std::uint32_t line, std::string message) {
    diagnostics_.push_back({Severity::error, unit.file(), line, "", std::move(message)});
  }

  Snapshot& snapshot_;
  Diagnostics& diagnostics_;
};

}  // namespace

const Name* zone_around(const ResponderUnit& responder, std::string_view labels) {
  for (const ResponderZone& zone : responder.zones) {
    const std::string_view apex(zone.apex.wire().data(), zone.apex.wire().size() - 1);
    if (labels.size() < apex.size() || labels.substr(labels.size() - apex.size()) != apex) continue;
    std::size_t at = 0;
    while (labels.size() - at > apex.size()) at += 1U + static_cast<unsigned char>(labels[at]);
    if (labels.size() - at == apex.size()) return &zone.apex;
  }
  return nullptr;
}

std::shared_ptr<const ResponderUnit> compile_responder(ResponderPolicy policy, std::uint32_t serial,
                                                       const std::string& file, Diagnostics& diagnostics) {
  auto unit = std::make_shared<ResponderUnit>();
  unit->policy = std::move(policy);
  unit->serial = unit->policy.serial.value_or(serial);
  for (const Name& zone : unit->policy.zones) {
    unit->zones.push_back({zone, unit->policy.mirror_zone == zone, std::nullopt, std::nullopt, {}});
  }
  place_report_node(*unit);
  bool good = true;
  for (const TemplateText& text : unit->policy.spf_templates) {
    const std::optional<Error> error = add_template(*unit, text);
    if (!error) continue;
    good = false;
    diagnostics.push_back({Severity::error, file, text.line, text.pointer, error->message});
  }
  for (ResponderZone& zone : unit->zones) {
    std::stable_sort(zone.views.begin(), zone.views.end(), [](const SpfView& a, const SpfView& b) {
      return a.apex().label_count() > b.apex().label_count();
    });
  }
  return good ? unit : nullptr;
}

std::shared_ptr<const LinkedUnit> link_unit(std::shared_ptr<const DomainUnit> unit, SpfLinker& linker,
                                            Diagnostics& diagnostics) {
  auto linked = std::make_shared<LinkedUnit>();
  for (const SpfRules& rules : unit->spf_rules()) {
    linked->spf.push_back(linker.link(rules, unit->file(), diagnostics));
    linked->complete = linked->complete && linked->spf.back();
  }
  linked->unit = std::move(unit);
  linked->senders = linker.senders();
  return linked;
}

std::shared_ptr<const Snapshot> build_snapshot(std::shared_ptr<const ResponderUnit> responder,
                                               std::shared_ptr<const SenderTable> senders,
                                               std::vector<std::shared_ptr<const LinkedUnit>> units,
                                               std::uint32_t serial, Day today, const std::vector<bool>& partial,
                                               std::vector<std::size_t>& rejected, Diagnostics& diagnostics) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->responder = std::move(responder);
  snapshot->senders = std::move(senders);
  snapshot->units = std::move(units);
  snapshot->serial = snapshot->responder->policy.serial.value_or(serial);
  snapshot->today = today;
  std::size_t names = 0;
  for (const auto& unit : snapshot->units) names += unit->unit->domains().size() + unit->unit->aliases().size();
  snapshot->domains = DomainIndex(names);
  IndexBuilder builder(*snapshot, diagnostics);
  for (std::size_t i = 0; i < snapshot->units.size(); ++i) {
    if (!builder.add(*snapshot->units[i]) && !partial[i]) rejected.push_back(i);
  }
  if (!rejected.empty()) return nullptr;
  return snapshot;
}

}  // namespace emailauth
