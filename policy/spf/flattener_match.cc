// What one mechanism matches, for all addresses at once (RFC 7208, section 5).
#include <algorithm>

#include "policy/dns/budget.h"
#include "policy/spf/flattener.h"
#include "policy/spf/target_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::spf {

Flattener::Outcome Flattener::match(const Walk& walk, const Mechanism& mechanism) {
  const std::string_view term = walk.record.text_of(mechanism.span);
  if (++terms_read_ > options_.max_terms) {
    return everything_fails(walk, term,
                            "is more than the " + std::to_string(options_.max_terms) + " terms that are read" +
                                std::string(kWriteNetworks));
  }
  std::string why;
  switch (reach(walk, mechanism, why)) {
    case Reach::fixed: return match_fixed(walk, mechanism);
    case Reach::per_client: return conditional(walk, mechanism);
    case Reach::unrepresentable: break;
  }
  if (mechanism.qualifier == Qualifier::pass) report(walk, term, Severity::warning, why);
  Outcome out;
  out.uncertain = true;
  out.lookups = 1;
  return out;
}

// "TXT example.com: SERVFAIL; try again later".
std::string Flattener::no_answer(const Name& name, RecordType type, const DnsAnswer& answer) {
  std::string out = std::string(to_text(type)) + " " + name.to_string() + ": " + describe(answer);
  if (answer.status == DnsStatus::bogus)
    return out + (answer.why.empty() ? "" : " (" + visible_text(answer.why) + ")") +
           "; tell the vendor that its signatures do not verify, or check clock, trust anchor and resolver here";
  return out + "; try again later";
}

Flattener::Outcome Flattener::match_fixed(const Walk& walk, const Mechanism& mechanism) {
  Outcome out;
  switch (mechanism.kind) {
    case MechanismKind::all: out.pass = IpSet::everything(); break;
    case MechanismKind::ip4:
    case MechanismKind::ip6: out = match_network(walk, mechanism); break;
    case MechanismKind::include:
      out = resolve_domain(walk, walk.record.text_of(mechanism.span), *mechanism.domain);
      break;
    case MechanismKind::a: out = match_a(walk, mechanism); break;
    case MechanismKind::mx: out = match_mx(walk, mechanism); break;
    case MechanismKind::exists: out = match_exists(walk, mechanism); break;
    case MechanismKind::ptr: break;  // never Reach::fixed
  }
  if (mechanism.asks_dns()) ++out.lookups;
  if (mechanism.kind != MechanismKind::include) note_wide(walk, mechanism, out.pass);
  return out;
}

// Returns what a term needs for its answer: only DNS, the client, or more than can be known here.
Flattener::Reach Flattener::reach(const Walk& walk, const Mechanism& mechanism, std::string& why) {
  const std::string means = "; clients that it alone would authorise are not authorised";
  if (mechanism.kind == MechanismKind::ptr) {
    why = "depends on the client's reverse DNS and cannot be turned into networks" + means;
    return Reach::unrepresentable;
  }
  if (!mechanism.domain) return Reach::fixed;
  for (const char letter : {'p', 'h', 'l', 's', 'o'}) {
    if (!mechanism.domain->uses(letter)) continue;
    why = std::string("depends on \"%{") + letter + "}\", which differs from message to message" + means;
    return Reach::unrepresentable;
  }
  if (walk.domain == nullptr && mechanism.domain->uses('d')) {
    why = "depends on \"%{d}\", which is the name of each record that this term is put in" + means;
    return Reach::unrepresentable;
  }
  const bool per_client = mechanism.domain->uses('i') || mechanism.domain->uses('v');
  return per_client ? Reach::per_client : Reach::fixed;
}

Flattener::Outcome Flattener::conditional(const Walk& walk, const Mechanism& mechanism) {
  Mechanism plain = mechanism;
  plain.qualifier = Qualifier::pass;
  Conditional conditional;
  conditional.term.term = plain.to_string();
  if (walk.domain != nullptr) conditional.term.record = *walk.domain;
  conditional.where = IpSet::everything();
  Outcome out;
  out.lookups = 1;
  out.conditionals.push_back(std::move(conditional));
  return out;
}

std::optional<Name> Flattener::target_of(const Walk& walk, std::string_view term,
                                         const std::optional<MacroString>& domain) {
  if (!domain) {
    if (walk.domain != nullptr) return *walk.domain;
    report(walk, term, Severity::error, "needs a domain here; write \"" + std::string(term) + ":example.com\"");
    return std::nullopt;
  }
  MacroValues values;
  if (walk.domain != nullptr) values.domain = plain_text(*walk.domain);
  const Result<Name> name = target_name(domain->expand_domain(values));
  if (name) return *name;
  report(walk, term, Severity::warning, name.error().message);
  return std::nullopt;
}

Flattener::Outcome Flattener::match_network(const Walk& walk, const Mechanism& mechanism) {
  const std::string_view term = walk.record.text_of(mechanism.span);
  Outcome out;
  out.pass = IpSet(mechanism.network) - IpSet::mapped();
  if (out.pass.empty()) report(walk, term, Severity::warning, "never matches: such clients count as IPv4; write ip4:");
  return out;
}

Flattener::Outcome Flattener::match_networks(const Walk& walk, std::span<const Mechanism> run) {
  std::vector<IpPrefix> networks;
  Outcome out;
  for (const Mechanism& mechanism : run) {
    out.error = match(walk, mechanism).error;
    if (!out.error.empty()) break;  // there are too many
    networks.push_back(mechanism.network);
  }
  out.pass = IpSet::of(networks) - IpSet::mapped();
  return out;
}

// Adds the networks around the addresses of `name`. A receiver queries only the
// family of its client, so a failure concerns that family.
void Flattener::add_addresses(const Walk& walk, const Mechanism& mechanism, const Name& name, Outcome& out) {
  const std::string_view term = walk.record.text_of(mechanism.span);
  std::vector<IpPrefix> networks;
  bool failed = false;
  for (const RecordType type : {RecordType::a, RecordType::aaaa}) {
    const DnsAnswer answer = ask(name, type);
    if (answer.failed()) {
      failed = true;
      report(walk, term, Severity::error, no_answer(name, type, answer));
      out.error |= IpSet::all_of(type == RecordType::a ? IpFamily::v4 : IpFamily::v6);
    }
    for (const IpAddress& address : answer.addresses) {
      networks.push_back(IpPrefix::containing(address, address.is_v4() ? mechanism.cidr4 : mechanism.cidr6));
    }
  }
  if (networks.empty() && !failed) report(walk, term, Severity::warning, "\"" + name.to_string() + "\" has no address");
  out.pass |= IpSet::of(networks) - IpSet::mapped();
}

Flattener::Outcome Flattener::match_a(const Walk& walk, const Mechanism& mechanism) {
  Outcome out;
  const std::optional<Name> name = target_of(walk, walk.record.text_of(mechanism.span), mechanism.domain);
  if (name) add_addresses(walk, mechanism, *name, out);
  return out;
}

Flattener::Outcome Flattener::match_mx(const Walk& walk, const Mechanism& mechanism) {
  const std::string_view term = walk.record.text_of(mechanism.span);
  Outcome out;
  const std::optional<Name> name = target_of(walk, term, mechanism.domain);
  if (!name) return out;
  const DnsAnswer answer = ask(*name, RecordType::mx);
  if (answer.failed()) {
    return everything_fails(walk, term, no_answer(*name, RecordType::mx, answer));
  }
  if (answer.names.size() > kReceiverExchanges) {
    return everything_fails(walk, term,
                            "\"" + name->to_string() + "\" has over 10 MX records" + std::string(kTellVendor));
  }
  if (answer.names.empty()) report(walk, term, Severity::warning, "\"" + name->to_string() + "\" has no MX record");
  for (const Name& exchange : answer.names) {
    if (!exchange.is_root()) add_addresses(walk, mechanism, exchange, out);
  }
  return out;
}

// Unless it contains the client, exists matches every client or none.
Flattener::Outcome Flattener::match_exists(const Walk& walk, const Mechanism& mechanism) {
  const std::string_view term = walk.record.text_of(mechanism.span);
  Outcome out;
  const std::optional<Name> name = target_of(walk, term, mechanism.domain);
  if (!name) return out;
  const DnsAnswer answer = ask(*name, RecordType::a);
  if (answer.failed()) {
    return everything_fails(walk, term, no_answer(*name, RecordType::a, answer));
  }
  if (!answer.addresses.empty()) out.pass = IpSet::everything();
  return out;
}

}  // namespace emailauth::spf
