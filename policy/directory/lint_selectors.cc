// Where CNAMEs of DKIM selectors lead through the files of several domains.
#include <algorithm>

#include "policy/directory/lint.h"
#include "policy/records/dkim_chain.h"

namespace emailauth {

namespace {

const Record* record_of(const Answer& answer, RecordType type) {
  const auto at = std::find_if(answer.records.begin(), answer.records.end(),
                               [&](const Record& record) { return record.type == type; });
  return at == answer.records.end() ? nullptr : &*at;
}

// Returns what is wrong with the chain that begins at `name`; "" if it leads to a key, or out of our zones.
std::string fault_of(const Responder& responder, const Name& name, const Name& first_target) {
  if (responder.has_endless_cname(name)) {
    std::string way = name.to_string();
    Name at = first_target;
    for (std::size_t i = 0; i < kMostCnames; ++i) {
      way += " -> " + at.to_string();
      if (at == name) return "leads back to itself: " + way;
      const SelectorTable::Entry* entry = responder.selector(at);
      const Result<Name> next = entry != nullptr ? Name::from_wire(entry->content) : Result<Name>(Error{});
      if (!next) break;
      at = *next;
    }
    return "never ends, or is one of more than " + std::to_string(kMostCnames) + " in a row: " + way;
  }
  const Answer answer = responder.answer(first_target);
  if (answer.kind == Answer::Kind::outside || record_of(answer, RecordType::cname) != nullptr) return "";
  const Record* text = record_of(answer, RecordType::txt);
  if (text != nullptr && text->data.starts_with("v=DKIM1")) return "";
  return "leads to " + in_quotes(first_target.to_string()) + ", a name of ours that " +
         (answer.kind == Answer::Kind::missing ? "does not exist" : "holds no key");
}

void check_domain(const Responder& responder, const DomainUnit& unit, const Domain& domain, Diagnostics& found) {
  const Name owner = *Name::from_wire(std::string(unit.name(domain)) + '\0');
  const Result<Name> apex = *Name::parse(to_text(HostedFamily::dkim)) + owner;
  for (const SelectorTable::Entry& entry : domain.dkim->entries()) {
    if (entry.kind != SelectorTable::Kind::cname || entry.revoked_from <= responder.snapshot().today) continue;
    const Result<Name> selector = Name::from_wire(entry.labels + '\0');
    const Result<Name> target = Name::from_wire(entry.content);
    const Result<Name> name = apex && selector ? *selector + *apex : Result<Name>(Error{});
    if (!name || !target) continue;
    const std::string fault = fault_of(responder, *name, *target);
    if (fault.empty()) continue;
    found.push_back({Severity::error, unit.file(), domain.line, "",
                     "the CNAME of the selector " + in_quotes(selector->to_string()) + " of " +
                         in_quotes(owner.to_string()) + " " + fault + "; name the key of the service"});
  }
}

}  // namespace

Diagnostics check_selector_chains(const Responder& responder) {
  Diagnostics found;
  for (const auto& linked : responder.snapshot().units) {
    for (const Domain& domain : linked->unit->domains()) {
      const DomainIndex::Node* node = responder.snapshot().domains.find(linked->unit->name(domain));
      if (domain.dkim != nullptr && node != nullptr && node->domain == &domain)
        check_domain(responder, *linked->unit, domain, found);
    }
  }
  return found;
}

}  // namespace emailauth
