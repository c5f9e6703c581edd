#include "policy/spf/flattener.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "policy/spf/target_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::spf {

namespace {

int widest(const FlattenOptions& options, IpFamily family) {
  return family == IpFamily::v4 ? options.widest_v4 : options.widest_v6;
}

// Returns the set with or without addresses that no client has, whichever takes fewer networks:
// all of IPv6 but ::ffff:0:0/96 takes ninety-six.
IpSet shorter(IpSet set) {
  IpSet with = set | IpSet::mapped();
  return with.to_prefixes().size() < set.to_prefixes().size() ? with : set;
}

// Adjacent networks with one qualifier decide as one: a record of 64 kB has thousands.
std::size_t networks_in_front(std::span<const Mechanism> mechanisms) {
  const auto end = std::find_if(mechanisms.begin(), mechanisms.end(), [&](const Mechanism& m) {
    const bool is_network = m.kind == MechanismKind::ip4 || m.kind == MechanismKind::ip6;
    return !is_network || m.qualifier != mechanisms[0].qualifier;
  });
  return static_cast<std::size_t>(end - mechanisms.begin());
}

}  // namespace

Flattened Flattener::run(const Record& record) {
  Outcome outcome = walk(record, nullptr);
  result_.addresses = std::move(outcome.pass);
  result_.lookups = outcome.lookups;
  if (!options_.allow_wide) refuse_wide(result_);
  keep_conditionals(std::move(outcome.conditionals), result_);
  if (result_.addresses.to_prefixes().size() > options_.max_networks) {
    result_.findings.push_back(
        {Severity::error,
         {},
         {},
         "over " + std::to_string(options_.max_networks) + " networks" + std::string(kWriteNetworks)});
  }
  return std::move(result_);
}

void Flattener::report(const Walk& walk, std::string_view term, Severity severity, std::string text) {
  Finding finding{severity, walk.domain != nullptr ? walk.domain->to_string() : "", std::string(term), std::move(text)};
  const bool full = result_.findings.size() >= Flattened::kMaxFindings;
  if (full && (severity != Severity::error || !result_.usable())) return;
  const bool known = std::any_of(result_.findings.begin(), result_.findings.end(),
                                 [&](const Finding& f) { return f.to_string() == finding.to_string(); });
  if (!known) result_.findings.push_back(std::move(finding));
}

// Evaluation stops here with an error, whoever the client is.
Flattener::Outcome Flattener::everything_fails(const Walk& walk, std::string_view term, std::string why) {
  report(walk, term, Severity::error, std::move(why));
  Outcome out;
  out.error = IpSet::everything();
  return out;
}

DnsAnswer Flattener::ask(const Name& name, RecordType type) {
  DnsAnswer answer;
  if (result_.queries >= options_.max_queries) {  // the caller that needed the answer reports the rest
    if (!std::exchange(out_of_queries_, true)) {
      result_.findings.push_back(
          {Severity::error,
           {},
           {},
           "over " + std::to_string(options_.max_queries) + " DNS questions" + std::string(kWriteNetworks)});
    }
    answer.status = DnsStatus::servfail;
    return answer;
  }
  ++result_.queries;
  answer = dns_.ask(name, type);
  if (!answer.failed()) result_.min_ttl = std::min(result_.min_ttl.value_or(answer.ttl), answer.ttl);
  return answer;
}

// 4.6.2: in order; the first term that matches an address decides about it.
Flattener::Outcome Flattener::walk(const Record& record, const Name* domain) {
  Walk walk{record, domain, IpSet::everything(), {}, {}};
  bool has_all = false;
  for (std::span<const Mechanism> rest = record.mechanisms(); !rest.empty() && !walk.remaining.empty();) {
    has_all = has_all || rest[0].kind == MechanismKind::all;
    const std::size_t step = std::max<std::size_t>(1, networks_in_front(rest));
    apply(walk, rest[0], step > 1 ? match_networks(walk, rest.first(step)) : match(walk, rest[0]));
    rest = rest.subspan(step);
  }
  if (record.redirect() != nullptr && !has_all && !walk.remaining.empty()) follow_redirect(walk);
  return std::move(walk.out);
}

// 6.1: the result of the other record is the result, so that what it passes, passes.
void Flattener::follow_redirect(Walk& walk) {
  const Modifier& modifier = *walk.record.redirect();
  Mechanism include;
  include.kind = MechanismKind::include;
  include.domain = modifier.value;
  include.span = modifier.span;
  std::string why;
  Outcome target;
  switch (reach(walk, include, why)) {
    case Reach::fixed:
      target = resolve_domain(walk, walk.record.text_of(modifier.span), modifier.value);
      ++target.lookups;
      break;
    case Reach::per_client: target = conditional(walk, include); break;
    case Reach::unrepresentable:
      report(walk, walk.record.text_of(modifier.span), Severity::warning, why);
      target.uncertain = true;
      break;
  }
  apply(walk, include, std::move(target));
}

void Flattener::apply(Walk& walk, const Mechanism& mechanism, Outcome matched) {
  constexpr int kManyLookups = 1000;  // the same record may be met very often
  Outcome& out = walk.out;
  out.lookups = std::min(out.lookups + matched.lookups, kManyLookups);
  if (mechanism.qualifier == Qualifier::pass) {
    Outcome hit;
    hit.pass = walk.remaining & matched.pass;
    hit.uncertain = matched.uncertain;
    for (Conditional& conditional : matched.conditionals) {
      conditional.where &= walk.remaining;
      if (!conditional.where.empty()) hit.conditionals.push_back(std::move(conditional));
    }
    refuse_later(walk, hit);
    out.pass |= hit.pass;
    out.uncertain = out.uncertain || hit.uncertain;
    for (Conditional& conditional : hit.conditionals) merge(out.conditionals, std::move(conditional));
  } else if (!matched.conditionals.empty() || matched.uncertain) {
    walk.conditional_refusals.emplace_back(walk.record.text_of(mechanism.span));
  }
  if (!matched.error.empty()) {
    out.error |= (walk.remaining & matched.error) - matched.pass;
    walk.remaining -= matched.error;
  }
  walk.remaining -= matched.pass;
}

void Flattener::merge(std::vector<Conditional>& into, Conditional conditional) {
  for (Conditional& known : into) {
    if (known.term.term != conditional.term.term || known.term.record != conditional.term.record) continue;
    known.where |= conditional.where;
    return;
  }
  into.push_back(std::move(conditional));
}

// A conditional refusal counts only if a term after it could still pass.
void Flattener::refuse_later(Walk& walk, const Outcome& hit) {
  if (hit.pass.empty() && hit.conditionals.empty() && !hit.uncertain) return;
  for (const std::string& term : walk.conditional_refusals) {
    report(walk, term, Severity::error,
           "refuses clients one by one, which networks cannot express; terms after it would authorise too many "
           "addresses" +
               std::string(kWriteNetworks));
  }
  walk.conditional_refusals.clear();
}

bool Flattener::may_descend(const Walk& walk, std::string_view term, const Name& name) {
  const auto seen = std::find(path_.begin(), path_.end(), name);
  if (seen != path_.end()) {
    std::string loop;
    for (auto at = seen; at != path_.end(); ++at) loop += at->to_string() + " -> ";
    report(walk, term, Severity::error,
           "is a loop: " + visible_text(loop + name.to_string()) + std::string(kTellVendor));
    return false;
  }
  if (path_.size() >= static_cast<std::size_t>(options_.max_depth)) {
    report(walk, term, Severity::error,
           "is more than " + std::to_string(options_.max_depth) + " records deep" + std::string(kWriteNetworks));
    return false;
  }
  if (known_.size() + path_.size() >= static_cast<std::size_t>(options_.max_records)) {
    report(walk, term, Severity::error,
           "is more than the " + std::to_string(options_.max_records) + " records that are read" +
               std::string(kWriteNetworks));
    return false;
  }
  return true;
}

// The record that an include or a redirect names.
Flattener::Outcome Flattener::resolve_domain(const Walk& walk, std::string_view term, const MacroString& target) {
  const std::optional<Name> name = target_of(walk, term, target);
  if (!name || !is_sender_domain(*name))
    return everything_fails(walk, term, "names no domain that can have a record" + std::string(kTellVendor));
  const auto known = known_.find(*name);
  if (known != known_.end()) return known->second;
  if (!may_descend(walk, term, *name)) {
    Outcome out;
    out.error = IpSet::everything();
    return out;
  }
  path_.push_back(*name);
  Outcome out = fetch_and_walk(walk, term, *name);
  path_.pop_back();
  known_.emplace(*name, out);
  return out;
}

Flattener::Outcome Flattener::fetch_and_walk(const Walk& walk, std::string_view term, const Name& name) {
  const DnsAnswer answer = ask(name, RecordType::txt);
  if (answer.failed()) {
    return everything_fails(walk, term, no_answer(name, RecordType::txt, answer));
  }
  std::vector<std::string> candidates;
  std::copy_if(answer.texts.begin(), answer.texts.end(), std::back_inserter(candidates), Record::has_version);
  if (candidates.empty())
    return everything_fails(walk, term,
                            quoted_text(name.to_string()) + " has no SPF record; check the name, or ask the vendor");
  if (candidates.size() > 1)
    return everything_fails(walk, term,
                            quoted_text(name.to_string()) + " has several SPF records" + std::string(kTellVendor));
  const Result<Record> record = Record::parse(candidates.front());
  if (!record) {
    return everything_fails(
        walk, term,
        "the record of " + quoted_text(name.to_string()) + ", " + record.error().message + std::string(kTellVendor));
  }
  return this->walk(*record, &name);
}

void Flattener::note_wide(const Walk& walk, const Mechanism& mechanism, const IpSet& matched) {
  const std::vector<IpPrefix> networks = matched.to_prefixes();
  const bool wide = std::any_of(networks.begin(), networks.end(), [this](const IpPrefix& network) {
    return network.length() < widest(options_, network.family());
  });
  if (!wide || mechanism.qualifier != Qualifier::pass) return;
  wide_.push_back({walk.domain != nullptr ? walk.domain->to_string() : "",
                   std::string(walk.record.text_of(mechanism.span)), matched});
}

// Names the terms to blame, and takes the networks out of the result.
void Flattener::refuse_wide(Flattened& out) {
  IpSet refused;
  for (const IpPrefix& network : out.addresses.to_prefixes()) {
    if (network.length() >= widest(options_, network.family())) continue;
    refused |= IpSet(network);
    out.findings.push_back({Severity::error,
                            {},
                            {},
                            quoted_text(network.to_string()) + " is wider than /" +
                                std::to_string(widest(options_, network.family())) +
                                " and is refused; write \"allow_wide\": true if this is intended"});
  }
  for (const WideTerm& wide : wide_) {
    if ((wide.addresses & refused).empty()) continue;
    out.findings.push_back({Severity::error, wide.domain, wide.term, "authorises a network that is too wide"});
  }
  out.addresses -= refused;
}

// Pairs each term with the addresses it is not evaluated for: addresses that pass anyway count as evaluated.
void Flattener::keep_conditionals(std::vector<Conditional> conditionals, Flattened& out) {
  std::size_t networks = 0;
  for (Conditional& conditional : conditionals) {
    PassThrough& term = conditional.term;
    term.except = shorter(IpSet::everything() - conditional.where - out.addresses);
    networks += term.except.to_prefixes().size();
    out.passthrough.push_back(std::move(term));
  }
  if (networks > options_.max_except) {
    out.findings.push_back({Severity::error,
                            {},
                            {},
                            "over " + std::to_string(options_.max_except) +
                                " networks are refused before terms that only a receiver can ask" +
                                std::string(kWriteNetworks)});
  }
  if (out.passthrough.size() > options_.max_passthrough) {
    out.findings.push_back({Severity::error,
                            {},
                            {},
                            "over " + std::to_string(options_.max_passthrough) +
                                " terms cannot be turned into networks" + std::string(kWriteNetworks)});
  }
}

}  // namespace emailauth::spf
