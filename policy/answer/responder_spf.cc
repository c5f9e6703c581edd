// Answers below the views: who may send.
#include <algorithm>
#include <vector>

#include "policy/answer/responder.h"
#include "policy/answer/spf_answer.h"
#include "policy/net/address_labels.h"

namespace emailauth {

namespace {

std::string name_of(const DomainIndex::Node& node) { return to_presentation(std::string(node.labels()) + '\0'); }

// Returns true if the receiver may have cut the name, so that the labels at its left end are not those of its client.
// A name below "_safe" that contains an address and the policy's own name, and nothing else, is whole.
bool may_be_cut(const SpfView& view, const SpfOutcome& outcome, const NameView& name) {
  if (name.text_length() < kMaybeCutLength) return false;
  const std::size_t address = outcome.address->is_v4() ? kV4Labels : kV6Labels;
  return !view.is_safe() || outcome.domain_begin != address + 1;
}

// A record is one string of at most 255 octets: a term that does not fit is left out.
void append_term(std::string& terms, const std::string& term) {
  constexpr std::size_t kRoom = 255 - std::string_view("v=spf1  -all").size();
  if (term.empty() || terms.size() + 1 + term.size() > kRoom) return;
  if (!terms.empty()) terms += ' ';
  terms += term;
}

// Whether a vendor may vouch for the address in the name. A wrong address can only suppress its terms.
bool passes_on(const SpfOutcome& outcome) {
  const auto& terms = outcome.node->spf->passthrough;
  return std::any_of(terms.begin(), terms.end(),
                     [&](const CompiledPassthrough* term) { return term->is_for(outcome.address->unmapped()); });
}

// The answer about an address that the policy does not list: the terms of vendors, for that address alone.
std::string unauthorised_record(const SpfView& view, const SpfOutcome& outcome, const NameView& name,
                                std::string_view all) {
  const LinkedSpf& spf = *outcome.node->spf;
  if (!passes_on(outcome)) return empty_record(all);
  const bool is_certain = view.is_certain(outcome);
  if (is_certain && !may_be_cut(view, outcome, name)) return passed_on_record(spf, *outcome.address, all);
  if (is_certain && view.safe() == nullptr) return passed_on_record(spf, all);
  return record_with(view.safe_term(name_of(*outcome.node)), all);
}

}  // namespace

// Returns true if the name is at or below a view.
bool Responder::answer_views(const ResponderZone& zone, const NameView& name, Answer& answer) const {
  for (const SpfView& view : zone.views) {
    const std::optional<std::size_t> count = name.begin_of_suffix(view.apex().wire());
    if (!count) continue;
    const bool is_safe = *count > 0 && view.safe() != nullptr && name.label(*count - 1) == kSafeLabel;
    const std::size_t left = is_safe ? *count - 1 : *count;
    if (left == 0)
      answer.kind = Answer::Kind::exists;
    else
      answer_spf(is_safe ? *view.safe() : view, name, left, answer);
    return answer.kind != Answer::Kind::missing;
  }
  return false;
}

void Responder::answer_spf(const SpfView& view, const NameView& name, std::size_t count, Answer& answer) const {
  answer.view = &view;
  answer.outcome = view.resolve(name, count, snapshot_->domains);
  const SpfOutcome& outcome = answer.outcome;
  answer.unbounded = !outcome.bounded;
  switch (outcome.kind) {
    case SpfOutcome::Kind::missing: return;
    case SpfOutcome::Kind::empty: answer.kind = Answer::Kind::exists; return;
    case SpfOutcome::Kind::unparsable: {
      answer.family = AnswerFamily::spf_other;
      answer.verdict = SpfVerdict::unparsable;
      const bool redirect = outcome.spf_template->kind() == SpfTermKind::redirect;
      const SpfAll all = redirect ? outcome.node->spf->all : SpfAll::fail;
      return add_text(snapshot_->responder->policy.ttl.unauthorized, empty_record(to_text(all)), answer);
    }
    case SpfOutcome::Kind::question: return answer_spf_question(view, name, count, answer);
    case SpfOutcome::Kind::fixed:
    case SpfOutcome::Kind::page: return answer_spf_static(name, answer);
  }
}

void Responder::answer_spf_question(const SpfView& view, const NameView& name, std::size_t count,
                                    Answer& answer) const {
  const AnswerTtls& ttl = snapshot_->responder->policy.ttl;
  const SpfOutcome& outcome = answer.outcome;
  const LinkedSpf& spf = *outcome.node->spf;
  const bool authorised = spf.authorises(outcome.address->unmapped());
  const SpfTermKind kind = outcome.spf_template->kind();
  answer.kind = Answer::Kind::exists;
  answer.verdict = authorised ? SpfVerdict::authorised : SpfVerdict::unauthorised;
  if (kind == SpfTermKind::exists) {
    // An A record restates nothing: if a receiver may have cut a name, so that another address than the client's is at
    // its left end, the answer is never "yes".
    const bool may_be_cut = name.text_length() >= kMaybeCutLength;
    answer.family = AnswerFamily::spf_exists;
    if (may_be_cut) answer.verdict = SpfVerdict::unparsable;
    if (authorised && !may_be_cut) answer.records.push_back({RecordType::a, ttl.authorized, "127.0.0.2"});
    return;
  }
  answer.family = outcome.address->is_v4() ? AnswerFamily::spf_v4 : AnswerFamily::spf_v6;
  const std::string_view all = to_text(kind == SpfTermKind::redirect ? spf.all : SpfAll::fail);
  if (outcome.fits_both_widths) return answer_both_widths(view, name, count, all, answer);
  if (authorised) return add_text(ttl.authorized, authorised_record(*outcome.address, all), answer);
  add_text(ttl.unauthorized, unauthorised_record(view, outcome, name, all), answer);
}

// The name is an IPv6 client's question about one domain, or an IPv4 client's about a longer one. The answer covers
// both: an address restated for one does not help the other, and names below "_safe" distinguish the two.
void Responder::answer_both_widths(const SpfView& view, const NameView& name, std::size_t count, std::string_view all,
                                   Answer& answer) const {
  const AnswerTtls& ttl = snapshot_->responder->policy.ttl;
  std::vector<SpfOutcome> readings = {answer.outcome};
  if (!readings[0].address->is_v4()) {
    if (const auto v4 = view.read_as_v4(*readings[0].spf_template, name, count, snapshot_->domains))
      readings.push_back(*v4);
  }
  std::string terms;
  std::vector<const SpfOutcome*> passed_on;
  for (const SpfOutcome& reading : readings) {
    if (reading.node->spf->authorises(reading.address->unmapped()))
      append_term(terms, restated(*reading.address));
    else if (passes_on(reading))
      passed_on.push_back(&reading);
  }
  if (!terms.empty()) answer.verdict = SpfVerdict::authorised;
  const std::uint32_t seconds = terms.empty() ? ttl.unauthorized : ttl.authorized;
  if (passed_on.size() == 2 && passed_on[0]->node == passed_on[1]->node) {
    append_term(terms, view.safe_term(name_of(*passed_on[0]->node)));
  } else {
    for (const SpfOutcome* reading : passed_on)
      append_term(terms, view.safe_term(name_of(*reading->node), version_label(!reading->address->is_v4())));
  }
  add_text(seconds, record_with(terms, all), answer);
}

void Responder::answer_spf_static(const NameView& name, Answer& answer) const {
  const SpfOutcome& outcome = answer.outcome;
  const LinkedSpf& spf = *outcome.node->spf;
  answer.kind = Answer::Kind::exists;
  answer.family = AnswerFamily::spf_static;
  if (!spf.pages) return;
  SpfAll all = SpfAll::fail;
  SpfPageStart start;
  if (outcome.kind == SpfOutcome::Kind::page) {
    start = *SpfPageStart::parse(name.label(0));
    const std::vector<SpfPageStart>& starts = spf.pages->starts();
    answer.unbounded = std::find(starts.begin(), starts.end(), start) == starts.end();
  } else if (outcome.spf_template->kind() == SpfTermKind::redirect) {
    all = spf.all;
  }
  const std::string owner = to_presentation(name.wire_from(outcome.domain_begin));
  add_text(snapshot_->responder->policy.ttl.static_records, static_record(spf, start, owner, to_text(all)), answer);
}

}  // namespace emailauth
