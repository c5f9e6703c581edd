#include "policy/spf/host_check.h"

#include <algorithm>

#include "policy/spf/target_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::spf {

namespace {

constexpr std::size_t kNoStep = Evaluation::kMaxTraceSteps;
constexpr std::size_t kMaxExplanation = 4096;  // octets, before and after its macros are replaced

Verdict verdict_of(Qualifier qualifier) {
  switch (qualifier) {
    case Qualifier::pass: return Verdict::pass;
    case Qualifier::fail: return Verdict::fail;
    case Qualifier::softfail: return Verdict::softfail;
    case Qualifier::neutral: return Verdict::neutral;
  }
  return Verdict::neutral;
}

bool is_error(Verdict verdict) { return verdict == Verdict::temperror || verdict == Verdict::permerror; }

}  // namespace

Evaluation HostCheck::run(const std::string& domain) {
  out_.domain = domain;
  out_.verdict = check_domain(domain, 0, true);
  return std::move(out_);
}

std::size_t HostCheck::add_step(int depth, const std::string& domain, std::string_view term) {
  if (out_.trace.size() >= Evaluation::kMaxTraceSteps) {
    ++out_.trace_omitted;
    return current_step_ = kNoStep;
  }
  out_.trace.push_back({depth, visible_text(domain), std::string(term), {}, {}});
  return current_step_ = out_.trace.size() - 1;
}

void HostCheck::finish_step(std::size_t step, std::string outcome) {
  if (step < out_.trace.size()) out_.trace[step].outcome = std::move(outcome);
}

DnsAnswer HostCheck::ask(const Name& name, RecordType type) {
  ++out_.queries;
  DnsAnswer answer = dns_.ask(name, type);
  if (current_step_ < out_.trace.size()) out_.trace[current_step_].asked.push_back({type, name, describe(answer)});
  return answer;
}

bool HostCheck::count_term() {
  if (++out_.terms <= limits_.terms) return true;
  out_.reason = "over " + std::to_string(limits_.terms) + " terms that ask DNS; use fewer include, a, mx, ptr, exists";
  return false;
}

// Sections 4.3 to 4.6: the record of a domain, and what it says.
Verdict HostCheck::check_domain(const std::string& domain, int depth, bool explains) {
  Verdict verdict = Verdict::none;
  const std::optional<Record> record = fetch_record(domain, depth, verdict);
  return record ? check_record({*record, domain, depth, explains}) : verdict;
}

std::optional<Record> HostCheck::fetch_record(const std::string& domain, int depth, Verdict& verdict) {
  const std::size_t step = add_step(depth, domain, "");
  const auto give_up = [&](Verdict as, std::string reason) {
    finish_step(step, std::string(to_string(as)) + ": " + reason);
    out_.reason = std::move(reason);
    verdict = as;
    return std::nullopt;
  };
  const Result<Name> name = target_name(domain);
  if (!name) return give_up(Verdict::none, name.error().message);
  if (!is_sender_domain(*name))
    return give_up(Verdict::none, quoted_text(domain) + " is not a domain that can have a record");
  const DnsAnswer answer = ask(*name, RecordType::txt);
  if (answer.failed()) return give_up(Verdict::temperror, "TXT " + name->to_string() + ": " + describe(answer));

  std::vector<std::string> candidates;
  std::copy_if(answer.texts.begin(), answer.texts.end(), std::back_inserter(candidates), Record::has_version);
  if (candidates.empty()) return give_up(Verdict::none, quoted_text(name->to_string()) + " has no SPF record");
  if (candidates.size() > 1) {
    return give_up(Verdict::permerror, quoted_text(name->to_string()) + " has " + std::to_string(candidates.size()) +
                                           " SPF records; publish one");
  }
  Result<Record> record = Record::parse(candidates.front());
  if (!record) {
    return give_up(Verdict::permerror,
                   "the record of " + quoted_text(name->to_string()) + ", " + record.error().message);
  }
  finish_step(step, record->text());
  return std::move(record).value();
}

Verdict HostCheck::check_record(const Frame& frame) {
  bool has_all = false;
  for (const Mechanism& mechanism : frame.record.mechanisms()) {
    has_all = has_all || mechanism.kind == MechanismKind::all;
    switch (match(frame, mechanism)) {
      case Match::no: break;
      case Match::yes: return decided(frame, mechanism);
      case Match::temperror: return Verdict::temperror;
      case Match::permerror: return Verdict::permerror;
    }
  }
  if (frame.record.redirect() != nullptr && !has_all) return follow_redirect(frame);
  out_.reason = "no term of " + quoted_text(frame.domain) + " matched, and it does not end in \"all\"";  // 4.7
  return Verdict::neutral;
}

Verdict HostCheck::decided(const Frame& frame, const Mechanism& mechanism) {
  const Verdict verdict = verdict_of(mechanism.qualifier);
  out_.reason = quoted_text(frame.record.text_of(mechanism.span)) + " of " + quoted_text(frame.domain) + " matched";
  if (verdict == Verdict::fail && frame.explains) fetch_explanation(frame);
  return verdict;
}

HostCheck::Match HostCheck::match(const Frame& frame, const Mechanism& mechanism) {
  const std::size_t step = add_step(frame.depth, frame.domain, frame.record.text_of(mechanism.span));
  Match result = Match::no;
  if (mechanism.asks_dns() && !count_term()) {
    result = Match::permerror;
  } else {
    switch (mechanism.kind) {
      case MechanismKind::all: result = Match::yes; break;
      case MechanismKind::ip4:
      case MechanismKind::ip6: result = mechanism.network.contains(values_.client) ? Match::yes : Match::no; break;
      case MechanismKind::include: result = match_include(frame, mechanism, step); break;
      case MechanismKind::a: result = match_a(frame, mechanism); break;
      case MechanismKind::mx: result = match_mx(frame, mechanism); break;
      case MechanismKind::ptr: result = match_ptr(frame, mechanism); break;
      case MechanismKind::exists: result = match_exists(frame, mechanism); break;
    }
  }
  switch (result) {
    case Match::no: finish_step(step, "no match"); break;
    case Match::yes: finish_step(step, "match: " + std::string(to_string(verdict_of(mechanism.qualifier)))); break;
    case Match::temperror: finish_step(step, "temperror: " + out_.reason); break;
    case Match::permerror: finish_step(step, "permerror: " + out_.reason); break;
  }
  return result;
}

// 5.2: only a pass matches; an error is an error; no record is a permerror.
HostCheck::Match HostCheck::match_include(const Frame& frame, const Mechanism& mechanism, std::size_t step) {
  current_step_ = step;
  const Verdict inner = check_domain(target_text(frame, mechanism), frame.depth + 1, false);
  current_step_ = step;
  switch (inner) {
    case Verdict::pass: return Match::yes;
    case Verdict::fail:
    case Verdict::softfail:
    case Verdict::neutral: return Match::no;
    case Verdict::temperror: return Match::temperror;
    case Verdict::permerror:
    case Verdict::none: return Match::permerror;
  }
  return Match::permerror;
}

// 6.1: the result of the other domain is the result; no record there is a permerror.
Verdict HostCheck::follow_redirect(const Frame& frame) {
  const Modifier& redirect = *frame.record.redirect();
  const std::size_t step = add_step(frame.depth, frame.domain, frame.record.text_of(redirect.span));
  Verdict verdict = Verdict::permerror;
  if (count_term()) {
    verdict = check_domain(expand(frame, redirect.value, true), frame.depth + 1, frame.explains);
    if (verdict == Verdict::none) verdict = Verdict::permerror;
  }
  finish_step(step, std::string(to_string(verdict)) + (is_error(verdict) ? ": " + out_.reason : ""));
  return verdict;
}

// 6.2: after any error there is no explanation.
void HostCheck::fetch_explanation(const Frame& frame) {
  const Modifier* explanation = frame.record.explanation();
  if (explanation == nullptr) return;
  const std::size_t step = add_step(frame.depth, frame.domain, frame.record.text_of(explanation->span));
  finish_step(step, "no usable explanation");
  const Result<Name> name = target_name(expand(frame, explanation->value, true));
  if (!name) return;
  const DnsAnswer answer = ask(*name, RecordType::txt);
  if (answer.failed() || answer.texts.size() != 1 || answer.texts.front().size() > kMaxExplanation) return;
  const Result<MacroString> text = MacroString::parse(answer.texts.front(), MacroUse::explanation);
  if (!text) return;
  out_.explanation = visible_text(expand(frame, *text, false), kMaxExplanation);
  finish_step(step, "explanation found");
}

std::string HostCheck::target_text(const Frame& frame, const Mechanism& mechanism) {
  return mechanism.domain ? expand(frame, *mechanism.domain, true) : frame.domain;
}

std::string HostCheck::expand(const Frame& frame, const MacroString& text, bool as_domain) {
  values_.domain = frame.domain;
  if (text.uses('p')) values_.validated = validated_for(frame.domain);
  return as_domain ? text.expand_domain(values_, limits_.cut) : text.expand(values_);
}

}  // namespace emailauth::spf
