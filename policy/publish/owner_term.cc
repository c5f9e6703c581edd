#include "policy/publish/owner_term.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/answer/explain.h"

namespace emailauth {

namespace {

// The lowest is best. Terms that contain a sender's HELO make some verifiers refuse (RFC 7208, 7.3); a static record
// shows its networks; "exists:" restates no address.
int rank_of(const SpfTemplate& t) {
  const bool exists = t.kind() == SpfTermKind::exists;
  if (!t.has_address()) return 3;
  if (t.has_chosen()) return exists ? 4 : 2;
  return exists ? 1 : 0;
}

// Whether terms of vendors, if there are any, reach receivers: the name that has them may be too long.
bool passes_on(const SpfView& view, const SpfOutcome& outcome) {
  if (outcome.node->spf->passthrough.empty() || outcome.spf_template->kind() == SpfTermKind::exists) return true;
  return view.is_certain(*outcome.spf_template) ||
         !view.safe_term(to_presentation(std::string(outcome.node->labels()) + '\0')).empty();
}

// A domain that is too long, and labels that templates read as their own, show
// in the answer.
bool answers(const Responder& responder, const SpfTemplate& t, const std::string& domain, const LinkedSpf& spf) {
  const IpAddress client = *IpAddress::parse("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
  const Result<Name> question = question_for(t, {client, "mail.example.net", "postmaster", domain});
  if (!question) return false;
  const Answer answer = responder.answer(*question);
  if (answer.outcome.node == nullptr || answer.outcome.node->spf != &spf) return false;
  if (answer.outcome.kind == SpfOutcome::Kind::question)
    return answer.verdict != SpfVerdict::unparsable && passes_on(*answer.view, answer.outcome);
  return answer.outcome.kind == SpfOutcome::Kind::fixed && !answer.records.empty();
}

std::vector<std::string> aliases_of(const Responder& responder, const Domain* managed) {
  std::vector<std::string> out;
  if (managed == nullptr) return out;
  for (const DomainIndex::Node& node : responder.snapshot().domains) {
    if (node.is_alias && node.domain == managed) out.push_back(to_presentation(std::string(node.labels()) + '\0'));
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Returns the template with `alias` for its domain; "" if it spells its macro in another way.
std::string with_alias(std::string text, const std::string& alias) {
  for (const std::string_view macro : {"%{d}", "%{o}"}) {
    if (const std::size_t at = text.find(macro); at != std::string::npos) return text.replace(at, macro.size(), alias);
  }
  return "";
}

}  // namespace

std::vector<OwnerTerm> owner_terms(const Responder& responder, const Name& domain, const LinkedSpf& spf,
                                   const Domain* managed) {
  const ResponderPolicy& policy = responder.snapshot().responder->policy;
  std::vector<std::pair<int, OwnerTerm>> ranked;
  for (const TemplateText& text : policy.spf_templates) {
    const Result<SpfTemplate> t = SpfTemplate::parse(text.text, policy.zones);
    if (!t) continue;
    if (answers(responder, *t, domain.to_string(), spf)) {
      ranked.push_back({rank_of(*t), {text.text, text.text, t->kind()}});
      continue;
    }
    for (const std::string& alias : aliases_of(responder, managed)) {
      const std::string term = answers(responder, *t, alias, spf) ? with_alias(text.text, alias) : "";
      if (term.empty()) continue;
      ranked.push_back({rank_of(*t), {term, text.text, t->kind()}});
      break;
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<OwnerTerm> out;
  for (auto& [rank, term] : ranked) out.push_back(std::move(term));
  return out;
}

std::string owner_record(const OwnerTerm& term, SpfAll all, const std::vector<std::string>& literal) {
  const bool redirect = term.kind == SpfTermKind::redirect;
  std::string record = "v=spf1";
  if (!redirect) record += " " + term.text;
  for (const std::string& other : literal) record += " " + other;
  return record + " " + (redirect ? term.text : std::string(to_text(all)));
}

}  // namespace emailauth
