#include "policy/answer/explain.h"

#include <algorithm>
#include <cstddef>

#include "policy/base/count.h"
#include "policy/spf/macro_string.h"
#include "policy/spf/target_name.h"

namespace emailauth {

namespace {

// The only macros that any answer contains: they send the receiver on to a name below "_safe".
bool sends_on(const Answer& answer) {
  return !answer.records.empty() && answer.records.front().data.find("%{ir}") != std::string::npos;
}

// Returns what happens to the pass-through terms for an address that the policy does not list; "" if it has none.
std::string passed_on_reason(const Answer& answer, const IpAddress& address) {
  const SpfOutcome& outcome = answer.outcome;
  const LinkedSpf& spf = *outcome.node->spf;
  if (spf.passthrough.empty() || outcome.spf_template->kind() == SpfTermKind::exists) return "";
  const auto all = static_cast<std::ptrdiff_t>(spf.passthrough.size());
  if (sends_on(answer)) {
    return "; the answer sends receivers on to a name that certainly contains their own client's address, which has " +
           count_of(all, "term") + " of enabled senders";
  }
  std::string text;
  const std::string& record = answer.records.front().data;
  const std::ptrdiff_t passed_on = std::count(record.begin(), record.end(), ' ') - 1;
  const auto refused = std::count_if(spf.passthrough.begin(), spf.passthrough.end(),
                                     [&](const CompiledPassthrough* term) { return !term->is_for(address); });
  if (passed_on > 0)
    text += "; the answer passes the question on to " + count_of(passed_on, "term") + " of enabled senders";
  if (passed_on + refused < all) {
    text += answer.view->is_certain(outcome)
                ? "; others are left out, because a name of 190 characters or more may have been cut"
                : "; theirs are left out, because the name that receivers would be sent on to is too long";
  } else if (refused > 0) {
    text += "; an enabled sender's own record refuses the address";
  }
  return text;
}

std::string spf_reason(const Answer& answer) {
  const DomainIndex::Node& node = *answer.outcome.node;
  const LinkedSpf& spf = *node.spf;
  const IpAddress address = answer.outcome.address->unmapped();
  const std::optional<Authorisation> reason = spf.explain(address, rules_of(node));
  if (!reason) return "no netblock and no enabled sender has the address" + passed_on_reason(answer, address);
  if (reason->netblock != nullptr) {
    const std::string note = reason->netblock->note.empty() ? "" : " (" + reason->netblock->note + ")";
    return "the address is in the netblock " + reason->netblock->network.to_string() + note;
  }
  std::string network;
  for (const IpPrefix& candidate : reason->sender->networks) {
    if (candidate.contains(address)) network = candidate.to_string();
  }
  return "the address is in " + network + " of the enabled sender " + in_quotes(reason->sender->id) + " (" +
         reason->sender->name + ")";
}

// Returns what an answer costs a receiver whose client it does not name.
int lookups_of(const Answer& answer) {
  const SpfOutcome& outcome = answer.outcome;
  if (sends_on(answer)) return outcome.node->spf->lookups_by(false);
  const bool passes_on = answer.verdict == SpfVerdict::unauthorised && !answer.records.empty() &&
                         std::count(answer.records.front().data.begin(), answer.records.front().data.end(), ' ') > 1;
  return passes_on ? outcome.node->spf->lookups : 1;
}

void explain_spf(const Answer& answer, Explanation& out) {
  const SpfOutcome& outcome = answer.outcome;
  if (outcome.spf_template != nullptr) out.template_text = outcome.spf_template->text();
  switch (outcome.kind) {
    case SpfOutcome::Kind::missing: out.reason = "no managed domain has this name, covers it or lies below it"; return;
    case SpfOutcome::Kind::empty: out.reason = "more labels belong before this name"; return;
    case SpfOutcome::Kind::unparsable:
      out.verdict = "not a question";
      out.reason = "the name lies below a managed domain but fits no template: cut, garbled, or never expanded";
      out.lookups = 1;
      return;
    case SpfOutcome::Kind::fixed:
    case SpfOutcome::Kind::page:
      if (!outcome.node->spf->pages) {
        out.reason = "the domain's policy has no static record (\"static\": false)";
        return;
      }
      out.reason = "the record lists all networks that may send";
      out.lookups = static_cast<int>(outcome.node->spf->pages->starts().size());
      return;
    case SpfOutcome::Kind::question: break;
  }
  out.address = outcome.address->to_string();
  out.reason = spf_reason(answer);
  if (outcome.fits_both_widths)
    out.reason += "; the name can be read with an IPv4 address in it, too, and the answer is for either";
  out.lookups = lookups_of(answer);
  if (sends_on(answer)) {
    const SpfTemplate& safe = answer.view->safe()->templates().front();
    const std::string domain = to_presentation(std::string(outcome.node->labels()) + '\0');
    if (const Result<Name> next = question_for(safe, {*outcome.address, "", "", domain})) out.next = next->to_string();
  }
  switch (answer.verdict) {
    case SpfVerdict::authorised: out.verdict = "authorised"; return;
    case SpfVerdict::unparsable:
      out.verdict = "not a question";
      out.reason =
          "a name of 190 characters or more may have been cut by the receiver, so that another address is at its "
          "left end";
      return;
    case SpfVerdict::unauthorised:
    case SpfVerdict::none: out.verdict = "not authorised"; return;
  }
}

void explain_place(const DomainIndex::Node& node, Explanation& out) {
  out.domain = to_presentation(std::string(node.labels()) + '\0');
  if (node.unit == nullptr) return;
  out.file = node.unit->file();
  out.line = node.domain->line;
}

// The family has no records, and its zone exists all the same.
std::string empty_zone_reason(const DomainIndex::Node& node, HostedFamily family) {
  const std::string zone = "the zone " + std::string(to_text(family)) + " is served empty: ";
  if (node.unit == nullptr || holds(*node.domain, family)) return "";
  if (!node.domain->zones.has(family))
    return zone + "the policy had records for it before, and an owner's delegation may still exist";
  return zone +
         (node.domain->blocked ? "the domain is blocked, and its owner's delegation stays" : "\"delegated\" lists it");
}

// Finds whose record a "_dmarc", "_domainkey", … name is; in the mirror zone the domain ends where the zone begins.
void explain_hosted(const Responder& responder, const Name& name, const Answer& answer, Explanation& out) {
  const Snapshot& snapshot = responder.snapshot();
  NameView view;
  if (!view.assign(name.wire()) || answer.family == AnswerFamily::report) return;
  const bool mirrored = snapshot.responder->policy.mirror_zone &&
                        snapshot.responder->policy.mirror_zone->wire() == view.wire_from(answer.zone_begin);
  const std::size_t end = mirrored ? answer.zone_begin : view.label_count();
  const std::optional<HostedName> hosted =
      mirrored ? parse_mirror_name(view, end, snapshot.responder->policy.mirror_old_names)
               : parse_hosted_name(view, end);
  if (!hosted) return;
  const DomainIndex::Node* node = snapshot.domains.find(labels_between(view, hosted->domain_begin, end));
  if (node == nullptr || node->domain == nullptr) return;
  explain_place(*node, out);
  if (!mirrored) out.reason = empty_zone_reason(*node, hosted->family);
}

// Returns why a selector is answered with a revoked key, or not at all; "" for other answers.
std::string dkim_reason(const Responder& responder, const Name& name, const Answer& answer) {
  if (answer.records.empty() && responder.has_endless_cname(name))
    return "its CNAME leads back to itself, or is the first of more than the name server follows";
  const auto revoked = [](const Record& record) { return record.data == kRevokedSelectorRecord; };
  if (std::none_of(answer.records.begin(), answer.records.end(), revoked)) return "";
  return answer.unbounded ? "no key has this selector, and all others are answered as revoked"
                          : "the key is revoked, by its \"state\" or its \"revoked_on\"";
}

std::string outcome_text(const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::outside: return "not our zone";
    case Answer::Kind::missing: return "NXDOMAIN";
    case Answer::Kind::exists: return answer.records.empty() ? "empty non-terminal" : "answered";
  }
  return "";
}

}  // namespace

Explanation explain(const Responder& responder, const Name& name) {
  const Answer answer = responder.answer(name);
  Explanation out;
  out.name = name.to_string();
  out.outcome = outcome_text(answer);
  out.records = answer.records;
  if (answer.kind == Answer::Kind::outside) {
    out.reason = "neither \"zones\" of responder.json nor a domain's policy has it";
    return out;
  }
  if (const auto zone = responder.find_zone(name)) out.zone = zone->apex.to_string();
  if (answer.outcome.node != nullptr) explain_place(*answer.outcome.node, out);
  if (answer.view != nullptr) {
    explain_spf(answer, out);
    return out;
  }
  explain_hosted(responder, name, answer, out);
  if (!out.reason.empty()) return out;
  if (answer.family == AnswerFamily::dkim) out.reason = dkim_reason(responder, name, answer);
  if (answer.kind == Answer::Kind::missing) out.reason = "no policy has a record at this name or below it";
  return out;
}

Result<Name> question_for(const SpfTemplate& t, const Mail& mail) {
  const std::string_view spec = std::string_view(t.text()).substr(to_text(t.kind()).size());
  const auto macros = spf::MacroString::parse(spec, spf::MacroUse::domain_spec);
  if (!macros) return macros.error();
  spf::MacroValues values;
  values.client = mail.client;
  values.helo = mail.helo;
  values.local_part = mail.local_part;
  values.domain = mail.domain;
  values.sender_domain = mail.domain;
  return spf::target_name(macros->expand_domain(values));
}

}  // namespace emailauth
