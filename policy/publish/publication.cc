#include "policy/publish/publication.h"

#include <algorithm>

#include "policy/base/diagnostic.h"
#include "policy/publish/owner_term.h"

namespace emailauth {

namespace {

// A selector that no policy has; its answer shows whether other selectors are revoked.
constexpr std::string_view kUnusedSelector = "unused";

PublicationPart part_of(HostedFamily family) {
  switch (family) {
    case HostedFamily::dmarc: return PublicationPart::dmarc;
    case HostedFamily::dkim: return PublicationPart::dkim;
    case HostedFamily::bimi: return PublicationPart::bimi;
    case HostedFamily::mta_sts: return PublicationPart::mta_sts;
    case HostedFamily::tls_rpt: return PublicationPart::tls_rpt;
  }
  return PublicationPart::spf;
}

std::string why(HostedFamily family, bool blocked) {
  switch (family) {
    case HostedFamily::dmarc: return "the DMARC policy and where reports go";
    case HostedFamily::dkim:
      return blocked ? "every selector answers as revoked" : "the public keys that signatures are checked with";
    case HostedFamily::bimi: return "the logo that receivers may show";
    case HostedFamily::mta_sts: return "tells senders that an MTA-STS policy is to be fetched";
    case HostedFamily::tls_rpt: return "where reports about TLS go";
  }
  return "";
}

Name name_of_labels(std::string_view labels) { return *Name::from_wire(std::string(labels) + '\0'); }

class Publisher {
 public:
  Publisher(const Responder& responder, const Name& domain, const PublicationOptions& options)
      : snapshot_(responder.snapshot()), responder_(responder), options_(options) {
    out_.domain = domain;
    out_.way = options.way;
  }

  Result<Publication> run() {
    if (const auto error = find_domain()) return *error;
    if (const auto error = add_spf()) return *error;
    if (domain_ != nullptr) {
      for (const HostedFamily family : kHostedFamilies) {
        if (!holds(*domain_, family)) continue;
        if (const auto error = add_hosted(family)) return *error;
      }
      find_subdomains();
    }
    std::stable_sort(out_.rrsets.begin(), out_.rrsets.end(),
                     [](const PublishedRrset& a, const PublishedRrset& b) { return a.part < b.part; });
    if (out_.rrsets.empty() && out_.problems.empty()) {
      return Error{"the policy of " + in_quotes(out_.domain.to_string()) + " (" + out_.file +
                   ") holds no records; add \"spf\", \"dmarc\" or \"dkim\" to it"};
    }
    return std::move(out_);
  }

 private:
  std::optional<Error> find_domain() {
    NameView view;
    if (!view.assign(out_.domain.wire())) return Error{"the root has no policy; name a domain"};
    const std::size_t count = view.label_count();
    const DomainIndex::Node* node = snapshot_.domains.find(labels_between(view, 0, count));
    spf_node_ = find_spf_policy(snapshot_.domains, view, 0, count).policy;
    if (node != nullptr && node->is_alias) {
      const std::string meant = to_presentation(std::string(node->unit->name(*node->domain)) + '\0');
      return Error{in_quotes(out_.domain.to_string()) +
                   " is an alias, which only terms ask for; ask for the records of " + in_quotes(meant)};
    }
    if (node != nullptr) domain_ = node->domain;
    if (domain_ == nullptr && spf_node_ == nullptr) {
      return Error{in_quotes(out_.domain.to_string()) + " is in no policy file; add domains/" +
                   out_.domain.to_string() + ".json, or correct the name"};
    }
    const DomainIndex::Node& decides = domain_ != nullptr ? *node : *spf_node_;
    out_.file = decides.unit->file();
    out_.line = decides.domain->line;
    out_.blocked = decides.domain->blocked;
    return std::nullopt;
  }

  std::optional<Error> check_template() const {
    if (options_.spf_template.empty()) return std::nullopt;
    const auto& all = snapshot_.responder->policy.spf_templates;
    if (std::none_of(all.begin(), all.end(), [&](const TemplateText& t) { return t.text == options_.spf_template; })) {
      return Error{"no template is " + in_quotes(options_.spf_template) +
                   "; \"spf_templates\" of responder.json has them"};
    }
    return std::nullopt;
  }

  std::optional<Error> add_spf() {
    if (const auto error = check_template()) return error;
    if (spf_node_ == nullptr) return std::nullopt;
    std::vector<OwnerTerm> terms = owner_terms(responder_, out_.domain, *spf_node_->spf, domain_);
    const auto wanted = std::find_if(
        terms.begin(), terms.end(), [&](const OwnerTerm& term) { return term.template_text == options_.spf_template; });
    if (!options_.spf_template.empty() && wanted == terms.end()) {
      return Error{in_quotes(options_.spf_template) + " cannot ask for " + in_quotes(out_.domain.to_string()) +
                   ": the name is too long, hidden by a label of a template, or has no static record; choose another"};
    }
    if (wanted != terms.end()) std::rotate(terms.begin(), wanted, wanted + 1);
    if (terms.empty()) {
      out_.problems.push_back("no term of \"spf_templates\" can ask for " + in_quotes(out_.domain.to_string()) +
                              "; add a template to responder.json, or a shorter alias to the domain");
      return std::nullopt;
    }
    const SpfAll all = spf_node_->spf->all;
    for (const SenderReference& sender : rules_of(*spf_node_).policy.senders) out_.senders.push_back(sender.sender);
    PublishedRrset rrset;
    rrset.key = {out_.domain, RecordType::txt};
    rrset.data = {owner_record(terms.front(), all, options_.literal_terms)};
    rrset.why =
        out_.blocked ? "nobody may send; returns to use without a change here" : "each receiver asks about one address";
    for (const OwnerTerm& term : terms) out_.spf_records.push_back(owner_record(term, all, options_.literal_terms));
    out_.rrsets.push_back(std::move(rrset));
    return std::nullopt;
  }

  // "_domainkey.example.com"; the error is that of a name that is too long.
  Result<Name> apex_of(HostedFamily family) const { return *Name::parse(to_text(family)) + out_.domain; }

  // Visits the names of a family that have records, as far as they can be listed.
  Result<std::vector<Name>> names_of(HostedFamily family, const Name& apex) {
    const bool dkim = family == HostedFamily::dkim;
    if (!dkim && family != HostedFamily::bimi) return std::vector<Name>{apex};
    std::vector<Name> names;
    const SelectorTable& table = dkim ? *domain_->dkim : *domain_->bimi;
    for (const SelectorTable::Entry& entry : table.entries()) {
      if (entry.kind == SelectorTable::Kind::empty) continue;
      const Name selector = name_of_labels(entry.labels);
      const Result<Name> name = selector + apex;
      if (!name) return name.error();
      names.push_back(*name);
      if (dkim) out_.selectors.push_back(selector);
    }
    return names;
  }

  std::optional<Error> add_hosted(HostedFamily family) {
    const Result<Name> apex = apex_of(family);
    if (!apex) return apex.error();
    const Result<std::vector<Name>> names = names_of(family, *apex);
    if (!names) return names.error();
    const bool revoked = family == HostedFamily::dkim && domain_->dkim->other() == OtherSelectors::revoked;
    if (options_.way == PointBy::cname) return add_aliases(family, *apex, *names, revoked);
    PublishedRrset rrset;
    rrset.part = part_of(family);
    rrset.key = {*apex, RecordType::ns};
    for (const Name& server : snapshot_.responder->policy.nameservers) rrset.data.push_back(server.to_string());
    std::sort(rrset.data.begin(), rrset.data.end());
    rrset.remove.push_back({*apex, RecordType::cname});
    for (const Name& name : *names) {
      if (name != *apex) rrset.remove.push_back({name, RecordType::cname});
      rrset.remove.push_back({name, RecordType::txt});
    }
    rrset.answers = *names;
    if (revoked) {
      if (const Result<Name> unused = apex->with_label(kUnusedSelector)) rrset.answers.push_back(*unused);
    }
    rrset.why = why(family, out_.blocked);
    out_.rrsets.push_back(std::move(rrset));
    return std::nullopt;
  }

  std::optional<Error> add_aliases(HostedFamily family, const Name& apex, const std::vector<Name>& names,
                                   bool revoked) {
    if (!snapshot_.responder->policy.mirror_zone) {
      return Error{"responder.json has no \"mirror_zone\" for a CNAME to point to; add one, or use --way ns"};
    }
    for (const Name& name : names) {
      if (const auto error = add_alias(family, apex, name, name)) return error;
    }
    if (!revoked) return std::nullopt;
    const Result<Name> star = apex.with_label("*");
    const Result<Name> unused = apex.with_label(kUnusedSelector);
    if (!star || !unused) return star ? unused.error() : star.error();
    return add_alias(family, apex, *star, *unused);
  }

  // Makes `owner` point to what the mirror zone has for `answered`.
  std::optional<Error> add_alias(HostedFamily family, const Name& apex, const Name& owner, const Name& answered) {
    const Result<Name> target = mirror_name(answered, *snapshot_.responder->policy.mirror_zone);
    if (!target) return target.error();
    PublishedRrset rrset;
    rrset.part = part_of(family);
    rrset.key = {owner, RecordType::cname};
    rrset.data = {target->to_string()};
    rrset.remove = {{apex, RecordType::ns}, {owner, RecordType::txt}};
    rrset.answers = {answered};
    rrset.why = why(family, out_.blocked);
    out_.rrsets.push_back(std::move(rrset));
    return std::nullopt;
  }

  void find_subdomains() {
    for (const DomainIndex::Node& node : snapshot_.domains) {
      if (node.domain == nullptr || node.is_alias || node.domain == domain_) continue;
      const Name name = name_of_labels(node.labels());
      if (name.is_at_or_below(out_.domain)) out_.subdomains.push_back(name);
    }
    std::sort(out_.subdomains.begin(), out_.subdomains.end(),
              [](const Name& a, const Name& b) { return a.to_string() < b.to_string(); });
  }

  const Snapshot& snapshot_;
  const Responder& responder_;
  const PublicationOptions& options_;
  const Domain* domain_ = nullptr;               // nullptr: only covered by another
  const DomainIndex::Node* spf_node_ = nullptr;  // the node whose SPF policy decides
  Publication out_;
};

}  // namespace

std::string_view to_text(PublicationPart part) {
  switch (part) {
    case PublicationPart::dkim: return "DKIM";
    case PublicationPart::spf: return "SPF";
    case PublicationPart::dmarc: return "DMARC";
    case PublicationPart::mta_sts: return "MTA-STS";
    case PublicationPart::tls_rpt: return "TLS-RPT";
    case PublicationPart::bimi: return "BIMI";
  }
  return "";
}

const PublishedRrset* Publication::spf() const {
  const auto at = std::find_if(rrsets.begin(), rrsets.end(),
                               [](const PublishedRrset& rrset) { return rrset.part == PublicationPart::spf; });
  return at == rrsets.end() ? nullptr : &*at;
}

Result<Publication> publication_of(const Responder& responder, const Name& domain, const PublicationOptions& options) {
  return Publisher(responder, domain, options).run();
}

}  // namespace emailauth
