#include "tests/property/world.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/make_responder.h"

namespace emailauth::property {

using nlohmann::json;

namespace {

std::string sender_id(std::size_t sender) { return "v" + std::to_string(sender); }

json spf_of(const DomainSpec& domain) {
  json netblocks = json::array();
  for (const std::string& network : domain.netblocks) netblocks.push_back({{"network", network}});
  json senders = json::array();
  for (const std::size_t sender : domain.senders) senders.push_back(sender_id(sender));
  return {{"senders", senders},
          {"netblocks", netblocks},
          {"all", domain.all},
          {"covers_subdomains", domain.covers_subdomains},
          {"static", domain.static_view}};
}

json entry_of(const DomainSpec& domain) {
  json entry = {{"mode", domain.blocked ? "blocked" : "sending"}};
  if (!domain.aliases.empty()) entry["aliases"] = domain.aliases;
  if (domain.has_spf) entry["spf"] = spf_of(domain);
  return entry;
}

}  // namespace

std::string vendor_zone(std::size_t sender) { return sender_id(sender) + ".vendor.example"; }
std::string vendor_record_name(std::size_t sender) { return "_spf." + vendor_zone(sender); }

IpSet set_of(const std::vector<std::string>& networks) {
  std::vector<IpPrefix> prefixes;
  for (const std::string& text : networks) prefixes.push_back(IpPrefix::parse(text).value());
  return IpSet::of(prefixes);
}

std::string full_name(const WorldSpec& spec, const DomainSpec& domain) {
  if (domain.parent < 0) return domain.name;
  return domain.name + "." + spec.domains[static_cast<std::size_t>(domain.parent)].name;
}

std::string responder_json(const WorldSpec& spec) {
  return json{{"nameservers", {"ns1.provider.net"}},
              {"hostmaster", "hostmaster@provider.net"},
              {"zones", spec.zones},
              {"spf_templates", spec.templates}}
      .dump();
}

std::vector<std::string> domain_jsons(const WorldSpec& spec) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < spec.domains.size(); ++i) {
    if (spec.domains[i].parent >= 0) continue;
    json domain = entry_of(spec.domains[i]);
    domain["domain"] = spec.domains[i].name;
    for (const DomainSpec& entry : spec.domains) {
      if (entry.parent == static_cast<int>(i)) domain["subdomains"][entry.name] = entry_of(entry);
    }
    texts.push_back(domain.dump());
  }
  return texts;
}

std::vector<std::string> sender_jsons(const WorldSpec& spec) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < spec.senders.size(); ++i) {
    const SenderSpec& sender = spec.senders[i];
    json passthrough = json::array();
    if (!sender.term.empty()) {
      passthrough.push_back({{"term", sender.term}, {"record", vendor_record_name(i)}, {"except", sender.except}});
    }
    texts.push_back(json{
        {"sender", sender_id(i)},
        {"spf", {"include:" + vendor_record_name(i)}},
        {"resolved", {{"at", "2026-11-20T06:00:00Z"}, {"networks", sender.networks}, {"passthrough", passthrough}}}}
                        .dump());
  }
  return texts;
}

std::optional<World> World::build(WorldSpec spec, std::string& why) {
  World world;
  world.spec_ = std::move(spec);
  try {
    world.responder_ =
        tests::make_responder(responder_json(world.spec_), domain_jsons(world.spec_), sender_jsons(world.spec_));
  } catch (const std::runtime_error& refusal) {
    why = refusal.what();
    return std::nullopt;
  }
  for (const std::string& zone : world.spec_.zones) world.zones_.push_back(Name::parse(zone).value());
  for (const SenderSpec& sender : world.spec_.senders) world.vendor_yes_.push_back(set_of(sender.granted));
  world.add_policies();
  return world;
}

void World::add_policies() {
  for (const DomainSpec& domain : spec_.domains) {
    std::vector<std::string> names = domain.aliases;
    names.push_back(full_name(spec_, domain));
    const bool blocked = domain.blocked;
    for (const std::string& name : names) {
      const Name parsed = Name::parse(name).value();
      if (parsed.label_count() > 1) owned_.push_back(parsed);
      if (!domain.has_spf && !blocked) continue;
      Policy policy = policy_of(domain);
      policy.name = parsed;
      policies_.push_back(std::move(policy));
    }
  }
}

World::Policy World::policy_of(const DomainSpec& domain) const {
  Policy policy;
  if (domain.blocked) return policy;  // grants nothing, subdomains included
  policy.covers_subdomains = domain.covers_subdomains;
  policy.static_view = domain.static_view;
  policy.listed = set_of(domain.netblocks);
  for (const std::size_t sender : domain.senders) policy.listed |= set_of(spec_.senders[sender].networks);
  policy.granted = policy.listed;
  for (const std::size_t sender : domain.senders) {
    if (spec_.senders[sender].term.empty()) continue;
    policy.granted |= vendor_yes_[sender] - set_of(spec_.senders[sender].except);
  }
  return policy;
}

// Returns the domain's own rules; otherwise those of the nearest name above that covers its subdomains.
const World::Policy* World::policy_for(const Name& domain) const {
  const Policy* best = nullptr;
  for (const Policy& policy : policies_) {
    const bool applies = policy.name == domain || (policy.covers_subdomains && domain.is_at_or_below(policy.name));
    if (!applies) continue;
    if (best == nullptr || policy.name.label_count() > best->name.label_count()) best = &policy;
  }
  return best;
}

bool World::grants(const Name& domain, const IpAddress& client) const {
  const Policy* policy = policy_for(domain);
  return policy != nullptr && policy->granted.contains(client.unmapped());
}

bool World::lists(const Name& domain, const IpAddress& client) const {
  const Policy* policy = policy_for(domain);
  return policy != nullptr && policy->listed.contains(client.unmapped());
}

bool World::has_static_record(const Name& domain) const {
  const Policy* policy = policy_for(domain);
  return policy != nullptr && policy->static_view;
}

bool World::grants_somewhere(const IpAddress& client) const {
  return std::any_of(policies_.begin(), policies_.end(),
                     [&](const Policy& policy) { return policy.granted.contains(client.unmapped()); });
}

bool World::hands_on_terms() const {
  return std::any_of(spec_.domains.begin(), spec_.domains.end(), [&](const DomainSpec& domain) {
    return !domain.blocked && std::any_of(domain.senders.begin(), domain.senders.end(),
                                          [&](std::size_t sender) { return !spec_.senders[sender].term.empty(); });
  });
}

bool World::is_refused_by_a_vendor(const IpAddress& client) const {
  return std::any_of(spec_.senders.begin(), spec_.senders.end(), [&](const SenderSpec& sender) {
    return set_of(sender.except).contains(client.unmapped());
  });
}

bool World::is_owned(const Name& name) const {
  return !is_in_our_zones(name) &&
         std::any_of(owned_.begin(), owned_.end(), [&](const Name& owned) { return name.is_at_or_below(owned); });
}

bool World::is_in_our_zones(const Name& name) const {
  return std::any_of(zones_.begin(), zones_.end(), [&](const Name& zone) { return name.is_at_or_below(zone); });
}

bool World::vendor_says_yes(std::size_t sender, const IpAddress& client) const {
  return vendor_yes_[sender].contains(client);
}

}  // namespace emailauth::property
