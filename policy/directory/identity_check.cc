#include "policy/directory/identity_check.h"

#include <algorithm>
#include <map>
#include <optional>

#include "policy/base/command_line.h"
#include "policy/net/public_suffix.h"

namespace emailauth {

namespace {

constexpr std::size_t kMostLabelsWalked = 7;  // RFC 9989, 4.10: of a longer name, the last seven labels are queried

// The zones below one organizational domain in which names pass.
struct Organization {
  std::vector<std::string> by_spf;
  std::vector<std::string> by_dkim;
};

// A policy here whose record does not align strictly, and the tags that it lacks.
struct Relaxed {
  Name domain;
  std::vector<std::string> tags;  // "adkim=s", "aspf=s"
};

std::string zones_text(const std::vector<std::string>& zones, std::string_view by) {
  std::string out;
  for (const std::string& zone : zones) out += (out.empty() ? "" : ", ") + in_quotes(zone);
  return out.empty() ? out : out + " (" + std::string(by) + ")";
}

class IdentityCheck {
 public:
  explicit IdentityCheck(const Snapshot& snapshot) : snapshot_(snapshot), policy_(snapshot.responder->policy) {
    for (const ResponderZone& zone : snapshot_.responder->zones) {
      // No organization is above a public suffix; for a zone that is a public suffix its own record decides.
      const std::optional<Name> organization = organizational_domain(zone.apex);
      if (!organization || *organization == zone.apex) continue;
      if (passes_by_spf(zone)) organizations_[*organization].by_spf.push_back(zone.apex.to_string());
      if (passes_by_dkim(zone)) organizations_[*organization].by_dkim.push_back(zone.apex.to_string());
    }
  }

  Diagnostics of_domains_here() {
    for (const auto& [organization, zones] : organizations_) {
      const std::vector<Relaxed> relaxed = relaxed_below(organization, zones);
      if (relaxed.empty()) continue;
      const std::string domain = relaxed.front().domain.to_string();
      const std::size_t others = relaxed.size() - 1;
      CommandLine set({"emailauth", "dmarc", "set"});
      set.operand(domain).flag("--write");
      for (const std::string& tag : relaxed.front().tags) set.operand(tag);
      warn("/zones", cause(zones, domain) + ", whose record aligns relaxed: run \"" + set.text() + "\"" + kOrMove +
                         (others > 0 ? "; the same for " + std::to_string(others) + " more" : ""));
    }
    return std::move(found_);
  }

  Diagnostics of_others() {
    for (const ResponderZone& zone : snapshot_.responder->zones) look_at(zone);
    for (const auto& [organization, zones] : organizations_) {
      if (publishes_here(organization) || says_strict(organization)) continue;
      const std::string name = organization.to_string();
      warn("/zones", cause(zones, name) +
                         " unless its record aligns strictly: publish \"v=DMARC1; p=reject; adkim=s; "
                         "aspf=s\" at _dmarc." +
                         name + " and write \"strict_organizations\": [" + in_quotes(name) + "]" + kOrMove);
    }
    return std::move(found_);
  }

 private:
  static constexpr const char* kOrMove = ", or move the zones below a registered domain that no mail uses";

  void warn(std::string pointer, std::string message) {
    found_.push_back({Severity::warning, std::string(kResponderFile), 0, std::move(pointer), std::move(message)});
  }

  static std::string cause(const Organization& zones, const std::string& domain) {
    const std::string both = zones.by_spf.empty() || zones.by_dkim.empty() ? "" : " and ";
    return "with receivers that follow RFC 7489, names in " + zones_text(zones.by_spf, "by SPF") + both +
           zones_text(zones.by_dkim, "by DKIM") + " pass as " + in_quotes(domain);
  }

  // An exists: term is answered with an address, so that no name there has an SPF record.
  static bool passes_by_spf(const ResponderZone& zone) {
    return std::any_of(zone.views.begin(), zone.views.end(), [](const SpfView& view) {
      return std::any_of(view.templates().begin(), view.templates().end(),
                         [](const SpfTemplate& t) { return t.kind() != SpfTermKind::exists; });
    });
  }

  bool passes_by_dkim(const ResponderZone& zone) const { return zone.is_mirror && policy_.mirror_old_names; }

  void look_at(const ResponderZone& zone) {
    const std::string apex = zone.apex.to_string();
    if (zone.apex.label_count() > kMostLabelsWalked && (passes_by_spf(zone) || passes_by_dkim(zone))) {
      warn("/zones", "the zone " + in_quotes(apex) + " has more than " + std::to_string(kMostLabelsWalked) +
                         " labels: receivers by RFC 9989 do not find what it says about itself; use a shorter name");
    }
    if (!passes_by_dkim(zone)) return;
    warn("/mirror_zone",
         "\"_dmarc\" and \"_domainkey\" below " + in_quotes(apex) + " make \"example.com." + apex +
             "\" a mail domain, which others can impersonate where it aligns relaxed (RFC 7489): let owners point to "
             "the names "
             "that \"emailauth records DOMAIN --way cname\" prints, then write \"mirror_old_names\": false");
  }

  // Returns the domains at or below the organization whose own record receivers follow.
  std::vector<Relaxed> relaxed_below(const Name& organization, const Organization& zones) const {
    std::vector<Relaxed> out;
    const DomainIndex::Node* top = find(organization);
    if (top == nullptr || !top->has_managed) return out;
    for (const DomainIndex::Node& node : snapshot_.domains) {
      if (node.domain == nullptr || node.is_alias || node.domain->dmarc == nullptr) continue;
      const Result<Name> domain = Name::from_wire(std::string(node.labels()) + '\0');
      if (!domain || !domain->is_at_or_below(organization)) continue;
      const DmarcPolicy& dmarc = *node.domain->dmarc;
      std::vector<std::string> tags;
      if (!zones.by_dkim.empty() && dmarc.adkim != 's') tags.emplace_back("adkim=s");
      if (!zones.by_spf.empty() && dmarc.aspf != 's') tags.emplace_back("aspf=s");
      if (!tags.empty()) out.push_back({*domain, std::move(tags)});
    }
    // The shortest comes first: it applies to names below that have no record.
    std::sort(out.begin(), out.end(), [](const Relaxed& a, const Relaxed& b) {
      const auto key = [](const Relaxed& r) { return std::pair(r.domain.label_count(), r.domain.to_string()); };
      return key(a) < key(b);
    });
    return out;
  }

  bool publishes_here(const Name& organization) const {
    const DomainIndex::Node* node = find(organization);
    return node != nullptr && node->domain != nullptr && !node->is_alias && node->domain->dmarc != nullptr;
  }

  bool says_strict(const Name& organization) const {
    const std::vector<Name>& strict = policy_.strict_organizations;
    return std::find(strict.begin(), strict.end(), organization) != strict.end();
  }

  const DomainIndex::Node* find(const Name& name) const {
    return snapshot_.domains.find(name.wire().substr(0, name.wire().size() - 1));
  }

  const Snapshot& snapshot_;
  const ResponderPolicy& policy_;
  std::map<Name, Organization> organizations_;
  Diagnostics found_;
};

}  // namespace

Diagnostics check_identities(const Snapshot& snapshot) { return IdentityCheck(snapshot).of_domains_here(); }

Diagnostics advise_identities(const Snapshot& snapshot) { return IdentityCheck(snapshot).of_others(); }

}  // namespace emailauth
