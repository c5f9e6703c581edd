#include "policy/snapshot/snapshot.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "policy/records/report_uri.h"

namespace emailauth {

namespace {

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

bool accepts_risk_of(const ResponderPolicy& policy, const std::string& text) {
  return std::any_of(policy.unsafe_exists_templates.begin(), policy.unsafe_exists_templates.end(),
                     [&](const TemplateText& unsafe) { return unsafe.text == text; });
}

std::optional<Error> add_template(ResponderUnit& unit, const TemplateText& text) {
  const Result<SpfTemplate> parsed = SpfTemplate::parse(text.text, unit.policy.zones);
  if (!parsed) return parsed.error();
  if (unit.policy.mirror_zone && parsed->view_apex() == *unit.policy.mirror_zone) {
    return Error{in_quotes(text.text) +
                 " ends in the mirror zone, where names of domains mean something else; give it a label of its own"};
  }
  if (parsed->is_unsafe() && !accepts_risk_of(unit.policy, text.text)) {
    return Error{in_quotes(text.text) +
                 " cannot be trusted: a sender can choose part of the name, and with a long text make a receiver cut "
                 "it (RFC 7208, 7.3) until an authorised address is at its left end; write \"exists:%{ir}.%{v}.%{d}." +
                 parsed->view_apex().to_string() +
                 "\" or an \"include:\" term, or accept this in \"unsafe_exists_templates\""};
  }
  if (!parsed->has_address()) unit.static_apex = std::max(unit.static_apex, parsed->view_apex().wire().size() - 2);
  return view_of(unit, parsed->view_apex()).add(*parsed);
}

// False for a domain with an unknown sender, or over a limit.
bool is_usable(const LinkedUnit& linked, const Domain& domain) {
  return domain.spf < 0 || linked.spf[static_cast<std::size_t>(domain.spf)] != nullptr;
}

bool is_left_out(const LinkedUnit& linked, const Domain& domain, std::string_view alias = {}) {
  return !linked.left_out.empty() && linked.left_out.count({&domain, alias}) > 0;
}

// Entries of "unsafe_exists_templates" that accept nothing: what they name is safe.
void check_accepted_risks(const ResponderUnit& unit, const std::string& file, Diagnostics& diagnostics) {
  for (const TemplateText& text : unit.policy.unsafe_exists_templates) {
    const Result<SpfTemplate> parsed = SpfTemplate::parse(text.text, unit.policy.zones);
    if (!parsed || parsed->is_unsafe()) continue;
    diagnostics.push_back({Severity::error, file, text.line, text.pointer,
                           in_quotes(text.text) + " has nothing unsafe in it; remove it here"});
  }
}

struct TemplateApex {
  const TemplateText* text;
  Name apex;  // of the view that the template's names are in
};

// Returns the templates that can be read at all, in the order of responder.json.
std::vector<TemplateApex> template_apexes(const ResponderUnit& unit) {
  std::vector<TemplateApex> out;
  for (const TemplateText& text : unit.policy.spf_templates) {
    if (const auto parsed = SpfTemplate::parse(text.text, unit.policy.zones))
      out.push_back({&text, parsed->view_apex()});
  }
  return out;
}

// Names below "_safe" are ours alone.
void check_safe_names_are_free(const ResponderUnit& unit, const std::vector<TemplateApex>& templates,
                               const std::string& file, Diagnostics& diagnostics) {
  for (const auto& [text, apex] : templates) {
    for (const ResponderZone& zone : unit.zones) {
      for (const SpfView& view : zone.views) {
        if (view.safe() == nullptr || !apex.is_at_or_below(view.safe()->apex())) continue;
        diagnostics.push_back({Severity::error, file, text->line, text->pointer,
                               in_quotes(text->text) + " ends in " + in_quotes(view.safe()->apex().to_string()) +
                                   ", where we answer by ourselves; give it another label"});
      }
    }
  }
}

// A view below another view takes names from it: those of domains that end in the labels between the two apexes. No
// domain has a last label that begins with "_".
void check_views_are_apart(const std::vector<TemplateApex>& templates, const std::string& file,
                           Diagnostics& diagnostics) {
  for (const auto& [inner, below] : templates) {
    for (const auto& [outer, apex] : templates) {
      NameView labels;
      if (below == apex || !below.is_at_or_below(apex) || !labels.assign(below.wire())) continue;
      const std::string_view last = labels.label(labels.label_count() - apex.label_count() - 1);
      if (last.front() == '_') continue;
      diagnostics.push_back({Severity::error, file, inner->line, inner->pointer,
                             in_quotes(inner->text) + " takes the questions about domains that end in " +
                                 in_quotes(std::string(last)) + " away from " + in_quotes(outer->text) +
                                 "; put a label that begins with \"_\" left of " + in_quotes(apex.to_string()) +
                                 ", such as " + in_quotes("_" + std::string(last))});
      break;
    }
  }
}

void find_dearest_template(ResponderUnit& unit) {
  for (const ResponderZone& zone : unit.zones) {
    for (const SpfView& view : zone.views) {
      for (const SpfTemplate& t : view.templates()) {
        if (!view.is_certain(t) && unit.dearest_template.empty()) unit.dearest_template = t.text();
      }
    }
  }
}

class IndexBuilder {
  static constexpr std::size_t kAhead = 8;  // names; more do not pay

 public:
  IndexBuilder(Snapshot& snapshot, const SnapshotParts& parts, SnapshotConflicts& conflicts)
      : snapshot_(snapshot), watched_(parts.watched), settled_(parts.settled), conflicts_(conflicts) {}

  void add(std::size_t number, const LinkedUnit& linked) {
    const DomainUnit& unit = *linked.unit;
    const std::vector<Domain>& domains = unit.domains();
    for (std::size_t i = 0; i < domains.size(); ++i) {
      if (i + kAhead < domains.size()) snapshot_.domains.prefetch(unit.name(domains[i + kAhead]));
      const Domain& domain = domains[i];
      if (is_left_out(linked, domain)) continue;
      if (!is_usable(linked, domain)) {
        idle_.push_back(claim_of(number, unit, domain));
        idle_.back().domain = nullptr;
      } else if (is_outside(number, unit, domain)) {
        add_node(number, linked, domain, nullptr);
      }
    }
    for (const DomainUnit::Alias& alias : unit.aliases()) {
      const Domain& domain = domains[alias.domain];
      if (!is_left_out(linked, domain, alias.labels) && is_usable(linked, domain))
        add_node(number, linked, domain, &alias);
    }
    for (const DomainUnit::Broken& broken : unit.broken()) idle_.push_back(claim_of(number, unit, broken));
  }

  // Claims of domains with errors keep others from their names. Call after the last add().
  void finish() {
    for (const Claim& claim : idle_) {
      const DomainIndex::Node* node = snapshot_.domains.find(claim.name);
      if (node == nullptr || node->domain == nullptr || is_settled(claim.name)) continue;
      contest(*node);
      conflicts_.contest.add(claim);
    }
  }

 private:
  bool is_outside(std::size_t number, const DomainUnit& unit, const Domain& domain) {
    const Name* zone = zone_around(*snapshot_.responder, unit.name(domain));
    if (zone == nullptr) return true;
    conflicts_.enclosed.push_back(
        {number,
         &domain,
         {Severity::error, unit.file(), domain.line, "",
          "the domain " + in_quotes(dotted(unit.name(domain))) + " lies in the zone " + in_quotes(zone->to_string()) +
              " of the responder itself; a responder's zone sends no mail: use another name"}});
    return false;
  }

  void add_node(std::size_t number, const LinkedUnit& linked, const Domain& domain, const DomainUnit::Alias* alias) {
    const DomainUnit& unit = *linked.unit;
    const std::string_view labels = alias != nullptr ? std::string_view(alias->labels) : unit.name(domain);
    DomainIndex::Node& node = snapshot_.domains.at(labels);
    if (node.domain != nullptr || (!watched_.empty() && watched_.count(labels) > 0 && !is_settled(labels))) {
      contest(node);
      return conflicts_.contest.add(claim_of(number, unit, domain, alias));
    }
    node.domain = &domain;
    node.unit = &unit;
    node.is_alias = alias != nullptr;
    if (domain.spf >= 0) node.spf = linked.spf[static_cast<std::size_t>(domain.spf)].get();
    node.has_spf = node.has_spf || node.spf != nullptr;
    if (alias == nullptr) {
      node.zones = domain.zones;
      node.has_hosted = node.has_hosted || domain.has_hosted_records();
      node.has_managed = true;
      snapshot_.hosted_zones += node.zones.count();
    }
    snapshot_.domains.mark_ancestors(node);
  }

  bool is_settled(std::string_view labels) const { return settled_.count(labels) > 0; }

  // Names the claim that came first, once.
  void contest(const DomainIndex::Node& node) {
    if (node.domain == nullptr || conflicts_.contest.has(node.labels())) return;
    if (numbers_.empty()) {
      for (std::size_t i = 0; i < snapshot_.units.size(); ++i) numbers_.emplace(snapshot_.units[i]->unit.get(), i);
    }
    const DomainUnit::Alias* alias = nullptr;
    if (node.is_alias) {
      const auto& aliases = node.unit->object_of(*node.domain).aliases;
      alias = &*std::find_if(aliases.begin(), aliases.end(),
                             [&](const DomainUnit::Alias& one) { return one.labels == node.labels(); });
    }
    conflicts_.contest.add(claim_of(numbers_.at(node.unit), *node.unit, *node.domain, alias));
  }

  Snapshot& snapshot_;
  const std::set<std::string, std::less<>>& watched_;
  const std::set<std::string, std::less<>>& settled_;
  SnapshotConflicts& conflicts_;
  std::vector<Claim> idle_;                                     // of domains with errors
  std::unordered_map<const DomainUnit*, std::size_t> numbers_;  // of units; empty until one is asked for
};

// Carries zones over that were in service and of which the new policy says nothing. Looks only at
// units that `before` alone has, and at what was carried over then.
class ZoneKeeper {
 public:
  ZoneKeeper(Snapshot& now, const Snapshot& before) : now_(now), before_(before) {}

  void run() {
    std::unordered_set<const DomainUnit*> same;
    for (const auto& linked : now_.units) same.insert(linked->unit.get());
    for (const auto& linked : before_.units) {
      if (same.count(linked->unit.get()) > 0) continue;
      for (const Domain& domain : linked->unit->domains()) {
        if (is_usable(*linked, domain) && !is_left_out(*linked, domain)) keep(linked->unit->name(domain), domain.zones);
      }
    }
    for (const auto& [labels, zones] : before_.kept_zones) keep(labels, zones);
  }

 private:
  void keep(std::string_view labels, HostedFamilies zones) {
    if (zones.empty()) return;
    DomainIndex::Node* node = now_.domains.find_to_change(labels);
    if (node == nullptr || node->domain == nullptr || node->is_alias || node->domain->lists_zones) return;
    const HostedFamilies lost = zones.without(node->zones);
    if (lost.empty()) return;
    node->zones.add(lost);
    now_.hosted_zones += lost.count();
    now_.kept_zones[std::string(labels)].add(lost);
  }

  Snapshot& now_;
  const Snapshot& before_;
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
  const std::size_t before = diagnostics.size();
  check_accepted_risks(*unit, file, diagnostics);
  const std::vector<TemplateApex> templates = template_apexes(*unit);
  check_safe_names_are_free(*unit, templates, file, diagnostics);
  check_views_are_apart(templates, file, diagnostics);
  good = good && diagnostics.size() == before;
  find_dearest_template(*unit);
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

SnapshotResult build_snapshot(SnapshotParts parts) {
  SnapshotConflicts conflicts;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->responder = std::move(parts.responder);
  snapshot->senders = std::move(parts.senders);
  snapshot->units = std::move(parts.units);
  snapshot->shared = std::move(parts.shared);
  snapshot->serial = snapshot->responder->policy.serial.value_or(parts.serial);
  snapshot->today = parts.today;
  std::size_t names = 0;
  for (const auto& unit : snapshot->units) names += unit->unit->domains().size() + unit->unit->aliases().size();
  snapshot->domains = DomainIndex(names);
  IndexBuilder builder(*snapshot, parts, conflicts);
  for (std::size_t i = 0; i < snapshot->units.size(); ++i) builder.add(i, *snapshot->units[i]);
  builder.finish();
  if (!conflicts.empty()) return {nullptr, std::move(conflicts)};
  if (parts.before) ZoneKeeper(*snapshot, *parts.before).run();
  return {std::move(snapshot), {}};
}

}  // namespace emailauth
