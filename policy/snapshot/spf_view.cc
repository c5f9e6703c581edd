#include "policy/snapshot/spf_view.h"

#include <algorithm>

#include "policy/base/diagnostic.h"
#include "policy/net/address_labels.h"
#include "policy/records/spf_pages.h"
#include "policy/template/template_match.h"
#include "policy/template/template_overlap.h"

namespace emailauth {

namespace {

// Returns a name that a receiver would make from the template for this HELO and domain, without its view apex.
std::string sample_question(const SpfTemplate& t, bool v6, std::string_view helo, std::string_view domain) {
  std::string text;
  for (const TemplateElement& element : t.left()) {
    switch (element.kind) {
      case TemplateElement::Kind::literal: text += element.label; break;
      case TemplateElement::Kind::version: text += version_label(v6); break;
      case TemplateElement::Kind::chosen: text += helo; break;
      case TemplateElement::Kind::address:
        if (v6)
          text += "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1";
        else
          text += element.reversed ? "1.2.0.192" : "192.0.2.1";
        break;
    }
    text += '.';
  }
  return text.append(domain);
}

// A literal label that an address can have, too; "" if none.
std::string_view label_like_an_address(const SpfTemplate& t) {
  const auto found = std::find_if(t.left().begin(), t.left().end(), [](const TemplateElement& element) {
    return element.kind == TemplateElement::Kind::literal &&
           (is_nibble(element.label) || is_decimal_octet(element.label));
  });
  return found != t.left().end() ? std::string_view(found->label) : "";
}

// Receivers get at most this many characters of a name (RFC 7208, 7.3).
constexpr std::size_t kLongestName = 253;

// Returns the template of the view below `apex`; nullopt if no name below it would be short enough.
std::optional<SpfTemplate> safe_template(const Name& apex) {
  const Result<Name> below = apex.with_label(kSafeLabel);
  if (!below) return std::nullopt;
  const auto t = SpfTemplate::parse("include:%{ir}.%{v}.%{d}." + below->to_string(), {*below});
  return t ? std::optional(*t) : std::nullopt;
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

// Returns true if the template could have made this name, whatever the domain is.
bool SpfView::asks_for(const SpfTemplate& t, const NameView& name, std::size_t count) const {
  const std::size_t begin = region_begin(name, count);
  if (t.is_adjacent()) {
    const auto fits = [&](bool nibbles) {
      const auto match = match_adjacent(t, name, count, nibbles);
      return match && match->domain_begin >= begin;
    };
    return fits(true) || fits(false);
  }
  return t.left().empty() ? begin == 0 : begin > 0 && match_left(t, name, begin).has_value();
}

// Returns the name with enough "x" that its labels are not taken for those of a template.
std::string SpfView::without_stops(std::vector<std::string> labels) const {
  std::string name;
  for (std::string& label : labels) {
    while (is_stop(label)) label += 'x';
    name += (name.empty() ? "" : ".") + label;
  }
  return name;
}

// Returns a name that both templates make, as text; "" if there is none.
std::string SpfView::shared_question(const SpfTemplate& from, const SpfTemplate& to) const {
  const std::string helo = without_stops({"mta", "example", "net"});
  const std::string domain = without_stops({"example", "com"});
  for (const bool v6 : {false, true}) {
    const std::string sample = sample_question(from, v6, helo, domain);
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
  has_adjacent_ = has_adjacent_ || added.is_adjacent();
  has_static_ = has_static_ || !added.has_address();
  std::stable_sort(templates_.begin(), templates_.end(),
                   [](const SpfTemplate& a, const SpfTemplate& b) { return a.literal_count() > b.literal_count(); });
  find_certainty();  // also for the refused one: templates() contains it
  for (const SpfTemplate& other : before) {
    if (auto error = clash_of(added, other)) return error;
  }
  return std::nullopt;
}

// Returns why the two cannot be served together.
std::optional<Error> SpfView::clash_of(const SpfTemplate& added, const SpfTemplate& other) const {
  const std::string remedy = "; remove one, or give them different labels";
  for (const auto& [written, read] : {std::pair(&added, &other), std::pair(&other, &added)}) {
    const std::string_view label = written->has_address() ? label_like_an_address(*read) : "";
    if (label.empty()) continue;
    return Error{"the label " + in_quotes(std::string(label)) + " of " + in_quotes(read->text()) +
                 " can be a part of the address in a name of " + in_quotes(written->text()) +
                 ", which would then be read as a question about another address; write " +
                 in_quotes("_" + std::string(label)) + " for it"};
  }
  if (other.literal_count() == added.literal_count()) {
    for (const std::string& sample : {shared_question(added, other), shared_question(other, added)}) {
      if (sample.empty()) continue;
      return Error{in_quotes(added.text()) + " asks for the same names as " + in_quotes(other.text()) + ", such as " +
                   in_quotes(sample + "." + apex_.to_string()) + remedy};
    }
  }
  // "exists:" restates no address. The operator accepts the risk of what a sender chooses.
  if (added.kind() != SpfTermKind::exists || other.kind() != SpfTermKind::exists) return std::nullopt;
  for (const auto& [source, reader] : {std::pair(&added, &other), std::pair(&other, &added)}) {
    if (source->has_chosen() || !can_misread(*source, *reader)) continue;
    return Error{"a name of " + in_quotes(source->text()) + " can be read as one of " + in_quotes(reader->text()) +
                 " with another address in it, which would be authorised in place of the client's" + remedy};
  }
  return std::nullopt;
}

// Only templates that answer with text cause questions for text: the others do not make such names.
SpfView::Certainty SpfView::certainty_of(const SpfTemplate& t) const {
  if (t.has_chosen()) return Certainty::never;
  const bool others_name = std::any_of(templates_.begin(), templates_.end(), [&](const SpfTemplate& source) {
    return &source != &t && source.kind() != SpfTermKind::exists && can_misread(source, t);
  });
  if (others_name) return Certainty::never;
  return can_misread(t, t) ? Certainty::in_one_width : Certainty::always;
}

void SpfView::find_certainty() {
  certainty_.assign(templates_.size(), Certainty::always);
  bool needs_safe = false;
  for (std::size_t i = 0; i < templates_.size(); ++i) {
    if (templates_[i].kind() == SpfTermKind::exists || !templates_[i].has_address()) continue;
    certainty_[i] = certainty_of(templates_[i]);
    needs_safe = needs_safe || certainty_[i] != Certainty::always;
  }
  if (!needs_safe || safe_) return;
  const std::optional<SpfTemplate> t = safe_template(apex_);
  if (!t) return;
  auto safe = std::make_shared<SpfView>(t->view_apex());
  static_cast<void>(safe->add(*t));  // the only template has no other to clash with
  safe->is_safe_ = true;
  safe_ = std::move(safe);
}

std::string SpfView::safe_term(std::string_view domain, std::string_view version) const {
  constexpr std::size_t kAddress = 2 * kV6Labels + std::string_view("ip6.").size();
  if (!safe_) return "";
  const std::string target = std::string(domain) + "." + safe_->apex().to_string();
  if (kAddress + target.size() > kLongestName) return "";
  return "include:%{ir}." + std::string(version) + "." + target;
}

SpfOutcome SpfView::resolve(const NameView& name, std::size_t count, const DomainIndex& domains) const {
  if (has_adjacent_) {
    if (auto outcome = resolve_adjacent(name, count, domains)) return *outcome;
  }
  const std::size_t begin = region_begin(name, count);
  return begin == 0 ? resolve_domain_only(name, count, domains) : resolve_left_of(name, begin, count, domains);
}

// Templates such as "%{ir}.%{d}": no label separates the address from the domain, which begins at `begin` or right of
// it.
std::optional<SpfOutcome> SpfView::read_adjacent(const SpfTemplate& t, bool nibbles, const NameView& name,
                                                 std::size_t begin, std::size_t count, const DomainIndex& domains) {
  const auto match = match_adjacent(t, name, count, nibbles);
  if (!match || match->domain_begin < begin) return std::nullopt;
  const SpfPolicyHit hit = find_spf_policy(domains, name, match->domain_begin, count);
  if (hit.policy == nullptr) return std::nullopt;
  const bool fits_both = match_adjacent(t, name, count, !nibbles).has_value();
  return SpfOutcome{SpfOutcome::Kind::question, &t, hit.policy, match->address, hit.policy_begin, false, fits_both};
}

std::optional<SpfOutcome> SpfView::resolve_adjacent(const NameView& name, std::size_t count,
                                                    const DomainIndex& domains) const {
  const std::size_t begin = region_begin(name, count);
  for (const SpfTemplate& t : templates_) {
    if (!t.is_adjacent()) continue;
    for (const bool nibbles : {true, false}) {
      if (auto outcome = read_adjacent(t, nibbles, name, begin, count, domains)) return outcome;
    }
  }
  return std::nullopt;
}

std::optional<SpfOutcome> SpfView::read_as_v4(const SpfTemplate& t, const NameView& name, std::size_t count,
                                              const DomainIndex& domains) const {
  return read_adjacent(t, false, name, region_begin(name, count), count, domains);
}

// Something below a domain of ours that is not a question. Receivers turn NXDOMAIN and NODATA here into a permanent
// error for the owner's whole record (RFC 7208, 5.2), so this answers without authorising anybody, unless only
// "exists:" asks here.
SpfOutcome SpfView::not_a_question(const SpfPolicyHit& hit, const SpfTemplate* likely) const {
  const DomainIndex::Node* node = hit.policy != nullptr ? hit.policy : hit.above;
  for (const SpfTemplate& t : templates_) {
    if (likely == nullptr || (likely->kind() == SpfTermKind::exists && t.kind() != SpfTermKind::exists)) likely = &t;
  }
  const bool answers_text = likely->kind() != SpfTermKind::exists;
  SpfOutcome outcome;
  outcome.kind = answers_text ? SpfOutcome::Kind::unparsable : SpfOutcome::Kind::empty;
  outcome.spf_template = likely;
  outcome.node = node;
  return outcome;
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
  const SpfTemplate* asks = nullptr;  // the template that fits as a whole, with `address`
  std::optional<IpAddress> address;
  bool is_on_the_way = false;           // more labels belong before it
  const SpfTemplate* likely = nullptr;  // otherwise the first that stops there
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
    side.is_on_the_way = side.is_on_the_way || is_literal_ancestor(t, name, begin);
    if (side.likely == nullptr) side.likely = &t;
  }
  return side;
}

SpfOutcome SpfView::resolve_left_of(const NameView& name, std::size_t begin, std::size_t count,
                                    const DomainIndex& domains) const {
  domains.prefetch(labels_between(name, begin, count));  // arrives while the labels are read
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
  if (safe_ && view.label(view.label_count() - 1) == kSafeLabel) return std::string(kSafeLabel);
  return "";
}

}  // namespace emailauth
