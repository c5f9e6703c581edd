// Answers below the views: who may send.
#include <algorithm>

#include "policy/responder.h"
#include "policy/spf_answer.h"

namespace emailauth {

// True when the name lies at or below a view.
bool Responder::answer_views(const ResponderZone& zone, const NameView& name, Answer& answer) const {
  for (const SpfView& view : zone.views) {
    const std::optional<std::size_t> count = name.begin_of_suffix(view.apex().wire());
    if (!count) continue;
    if (*count == 0)
      answer.kind = Answer::Kind::exists;
    else
      answer_spf(view, name, *count, answer);
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
    case SpfOutcome::Kind::question: return answer_spf_question(outcome, name, answer);
    case SpfOutcome::Kind::fixed:
    case SpfOutcome::Kind::page: return answer_spf_static(name, answer);
  }
}

void Responder::answer_spf_question(const SpfOutcome& outcome, const NameView& name, Answer& answer) const {
  const AnswerTtls& ttl = snapshot_->responder->policy.ttl;
  const LinkedSpf& spf = *outcome.node->spf;
  const IpAddress address = outcome.address->unmapped();
  const bool authorised = spf.authorises(address);
  const SpfTermKind kind = outcome.spf_template->kind();
  const bool maybe_cut = name.text_length() >= kMaybeCutLength;
  answer.kind = Answer::Kind::exists;
  answer.verdict = authorised ? SpfVerdict::authorised : SpfVerdict::unauthorised;
  if (kind == SpfTermKind::exists) {
    // An A record restates nothing: a name that a receiver may have cut, so that
    // another address than the client's stands at its left end, gets no "yes".
    answer.family = AnswerFamily::spf_exists;
    if (maybe_cut) answer.verdict = SpfVerdict::unparsable;
    if (authorised && !maybe_cut) answer.records.push_back({RecordType::a, ttl.authorized, "127.0.0.2"});
    return;
  }
  answer.family = outcome.address->is_v4() ? AnswerFamily::spf_v4 : AnswerFamily::spf_v6;
  const std::string_view all = to_text(kind == SpfTermKind::redirect ? spf.all : SpfAll::fail);
  if (authorised) return add_text(ttl.authorized, authorised_record(*outcome.address, all), answer);
  add_text(ttl.unauthorized, unauthorised_record(spf, *outcome.address, maybe_cut, all), answer);
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
