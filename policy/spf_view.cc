#include "policy/spf_view.h"

#include <algorithm>

#include "policy/diagnostic.h"
#include "policy/spf_pages.h"
#include "policy/template_match.h"

namespace emailauth {

namespace {

// A name that a receiver would make from the template, without its view apex.
std::string sample_question(const SpfTemplate& t, bool v6) {
  std::string text;
  for (const TemplateElement& element : t.left()) {
    switch (element.kind) {
      case TemplateElement::Kind::literal: text += element.label; break;
      case TemplateElement::Kind::version: text += v6 ? "ip6" : "in-addr"; break;
      case TemplateElement::Kind::chosen: text += "mta.example.net"; break;
      case TemplateElement::Kind::address:
        if (v6)
          text += "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1";
        else
          text += element.reversed ? "1.2.0.192" : "192.0.2.1";
        break;
    }
    text += '.';
  }
  return text + "example.com";
}

}  // namespace

bool SpfView::is_stop(std::string_view label) const {
  return std::find(stops_.begin(), stops_.end(), label) != stops_.end();
}

// The domain is read from the right, up to the first literal of a template.
std::size_t SpfView::region_begin(const NameView& name, std::size_t count) const {
  std::size_t begin = count - 1;
  while (begin > 0 && !is_stop(name.label(begin - 1))) --begin;
  return begin;
}

// True when the template could have made this name, whatever the domain is.
bool SpfView::asks_for(const SpfTemplate& t, const NameView& name, std::size_t count) const {
  const std::size_t begin = region_begin(name, count);
  if (is_adjacent(t)) {
    const auto fits = [&](bool nibbles) {
      const auto match = match_adjacent(t, name, count, nibbles);
      return match && match->domain_begin >= begin;
    };
    return fits(true) || fits(false);
  }
  return t.left().empty() ? begin == 0 : begin > 0 && match_left(t, name, begin).has_value();
}

// A name that both templates ask for, as text; "" when there is none.
std::string SpfView::shared_question(const SpfTemplate& from, const SpfTemplate& to) const {
  for (const bool v6 : {false, true}) {
    const std::string sample = sample_question(from, v6);
    const Result<Name> name = Name::parse(sample);
    NameView view;
    if (name && view.assign(name->wire()) && asks_for(to, view, view.label_count())) return sample;
  }
  return "";
}

std::optional<Error> SpfView::add(const SpfTemplate& added) {
  const std::vector<SpfTemplate> before = templates_;
  templates_.push_back(added);
  for (const TemplateElement& element : added.left()) {
    if (element.kind == TemplateElement::Kind::literal) stops_.push_back(element.label);
    if (element.kind == TemplateElement::Kind::version) stops_.insert(stops_.end(), {"in-addr", "ip6"});
  }
  std::sort(stops_.begin(), stops_.end());
  stops_.erase(std::unique(stops_.begin(), stops_.end()), stops_.end());
  has_adjacent_ = has_adjacent_ || is_adjacent(added);
  has_static_ = has_static_ || !added.has_address();
  std::stable_sort(templates_.begin(), templates_.end(),
                   [](const SpfTemplate& a, const SpfTemplate& b) { return a.literal_count() > b.literal_count(); });
  for (const SpfTemplate& other : before) {
    if (other.literal_count() != added.literal_count()) continue;
    for (const std::string& sample : {shared_question(added, other), shared_question(other, added)}) {
      if (sample.empty()) continue;
      return Error{in_quotes(added.text()) + " asks for the same names as " + in_quotes(other.text()) + ", such as " +
                   in_quotes(sample + "." + apex_.to_string()) + "; remove one, or give them different labels"};
    }
  }
  return std::nullopt;
}

SpfOutcome SpfView::resolve(const NameView& name, std::size_t count, const DomainIndex& domains) const {
  if (has_adjacent_) {
    if (auto outcome = resolve_adjacent(name, count, domains)) return *outcome;
  }
  const std::size_t begin = region_begin(name, count);
  return begin == 0 ? resolve_domain_only(name, count, domains) : resolve_left_of(name, begin, count, domains);
}

// Templates such as "%{ir}.%{d}": no label parts the address from the domain.
std::optional<SpfOutcome> SpfView::resolve_adjacent(const NameView& name, std::size_t count,
                                                    const DomainIndex& domains) const {
  const std::size_t begin = region_begin(name, count);
  for (const SpfTemplate& t : templates_) {
    if (!is_adjacent(t)) continue;
    for (const bool nibbles : {true, false}) {
      const auto match = match_adjacent(t, name, count, nibbles);
      if (!match || match->domain_begin < begin) continue;
      const SpfPolicyHit hit = find_spf_policy(domains, name, match->domain_begin, count);
      if (hit.policy == nullptr) continue;
      return SpfOutcome{SpfOutcome::Kind::question, &t, hit.policy, match->address, hit.policy_begin, false};
    }
  }
  return std::nullopt;
}

// Something below a domain of ours that asks nothing. Receivers turn NXDOMAIN
// and NODATA here into a permanent error for the owner's whole record (RFC 7208,
// 5.2), so it is an answer that authorises nobody, unless only "exists:" asks here.
SpfOutcome SpfView::not_a_question(const SpfPolicyHit& hit, const SpfTemplate* likely) const {
  const DomainIndex::Node* node = hit.policy != nullptr ? hit.policy : hit.above;
  for (const SpfTemplate& t : templates_) {
    if (likely == nullptr || (likely->kind() == SpfTermKind::exists && t.kind() != SpfTermKind::exists)) likely = &t;
  }
  const bool answers_text = likely->kind() != SpfTermKind::exists;
  return {answers_text ? SpfOutcome::Kind::unparsable : SpfOutcome::Kind::empty, likely, node, std::nullopt, 0, false};
}

SpfOutcome SpfView::resolve_domain_only(const NameView& name, std::size_t count, const DomainIndex& domains) const {
  const auto only =
      std::find_if(templates_.begin(), templates_.end(), [](const SpfTemplate& t) { return t.left().empty(); });
  if (has_static_ && count > 1 && SpfPageStart::parse(name.label(0))) {
    const SpfPolicyHit hit = find_spf_policy(domains, name, 1, count);
    if (hit.policy != nullptr && hit.policy_begin == 1)
      return {SpfOutcome::Kind::page, nullptr, hit.policy, std::nullopt, 1, true};
  }
  const SpfPolicyHit hit = find_spf_policy(domains, name, 0, count);
  if (hit.policy != nullptr && only != templates_.end()) {
    return {SpfOutcome::Kind::fixed, &*only, hit.policy, std::nullopt, hit.policy_begin, hit.policy == hit.exact};
  }
  if (hit.exact != nullptr && hit.exact->has_spf)
    return {SpfOutcome::Kind::empty, nullptr, nullptr, std::nullopt, 0, true};
  if (hit.above != nullptr && has_adjacent_) return not_a_question(hit, nullptr);
  return {hit.policy != nullptr ? SpfOutcome::Kind::empty : SpfOutcome::Kind::missing,
          nullptr,
          nullptr,
          std::nullopt,
          0,
          false};
}

// What the templates make of the labels left of the domain.
struct SpfView::LeftSide {
  const SpfTemplate* asks = nullptr;  // fits as a whole, with `address`
  std::optional<IpAddress> address;
  bool is_on_the_way = false;           // more labels belong in front
  const SpfTemplate* likely = nullptr;  // else the first that stops there
};

SpfView::LeftSide SpfView::read_left_of(const NameView& name, std::size_t begin) const {
  LeftSide side;
  for (const SpfTemplate& t : templates_) {
    if (!stops_at(t, name.label(begin - 1))) continue;
    if (const auto match = match_left(t, name, begin)) {
      side.asks = &t;
      side.address = match->address;
      return side;
    }
    side.is_on_the_way = is_literal_ancestor(t, name, begin);
    if (side.is_on_the_way) return side;
    if (side.likely == nullptr) side.likely = &t;
  }
  return side;
}

SpfOutcome SpfView::resolve_left_of(const NameView& name, std::size_t begin, std::size_t count,
                                    const DomainIndex& domains) const {
  domains.prefetch(labels_between(name, begin, count));  // comes while the labels are read
  const LeftSide side = read_left_of(name, begin);
  const SpfPolicyHit hit = find_spf_policy(domains, name, begin, count);
  if (hit.policy == nullptr) {
    if (hit.above != nullptr && has_adjacent_) return not_a_question(hit, nullptr);
    return {};
  }
  const bool is_known = hit.policy == hit.exact;
  if (side.asks != nullptr) {
    const auto kind = side.asks->has_address() ? SpfOutcome::Kind::question : SpfOutcome::Kind::fixed;
    const bool bounded = !side.asks->has_address() && !side.asks->has_chosen() && is_known;
    return {kind, side.asks, hit.policy, side.address, hit.policy_begin, bounded};
  }
  if (side.is_on_the_way)
    return {SpfOutcome::Kind::empty, nullptr, hit.policy, std::nullopt, hit.policy_begin, is_known};
  return not_a_question(hit, side.likely);
}

std::string SpfView::hidden_by(const Name& domain) const {
  NameView view;
  if (!view.assign(domain.wire())) return "";
  for (std::size_t i = 0; i + 1 < view.label_count(); ++i) {
    if (is_stop(view.label(i))) return std::string(view.label(i));
  }
  return "";
}

}  // namespace emailauth
