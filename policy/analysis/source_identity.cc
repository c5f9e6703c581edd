#include "policy/analysis/source_identity.h"

#include <algorithm>

#include "policy/base/diagnostic.h"

namespace emailauth::report {

namespace {

constexpr int kOwnKeyScore = 95;  // above all of identify_sender: only the owner can publish the key

std::optional<Name> name_of(const std::string& text) {
  const Result<Name> name = Name::parse(text);
  if (!name || name->is_root()) return std::nullopt;
  return *name;
}

// The network an unnamed address is grouped by.
std::string network_of(const IpAddress& address) {
  return IpPrefix::containing(address, address.is_v4() ? 24 : 48).to_string();
}

bool passes(const Signature& signature) { return signature.result == AuthResult::pass; }
bool passes(const SpfCheck& check) { return check.result == AuthResult::pass; }

}  // namespace

std::string_view to_text(SourceKind kind) {
  switch (kind) {
    case SourceKind::service: return "service";
    case SourceKind::internal: return "internal";
    case SourceKind::forwarder: return "forwarder";
    case SourceKind::possible: return "possible sender";
    case SourceKind::unknown: return "unknown";
  }
  return {};
}

const SenderPolicy* KnownSources::service(const std::string& id) const {
  const auto found =
      std::find_if(services.begin(), services.end(), [&](const SenderPolicy& one) { return one.id == id; });
  return found == services.end() ? nullptr : &*found;
}

SourceIdentifier::SourceIdentifier(const KnownSources& known) : known_(known), index_(known.services) {}

const std::vector<SenderMatch>& SourceIdentifier::matches(const std::string& key, const MailEvidence& mail) {
  const auto known = remembered_.find(key);
  if (known != remembered_.end()) return known->second;
  return remembered_.emplace(key, index_.identify(mail)).first->second;
}

void SourceIdentifier::merge(const std::vector<SenderMatch>& found, bool direct, Candidates& out) const {
  for (const SenderMatch& match : found) {
    auto known = std::find_if(out.begin(), out.end(), [&](const Candidate& c) { return c.sender == match.sender; });
    if (known == out.end()) {
      out.push_back({match.sender, 0, Confidence::low, false, {}});
      known = std::prev(out.end());
    }
    known->score = std::max(known->score, match.score);
    known->confidence = std::max(known->confidence, match.confidence);
    known->direct = known->direct || (direct && match.confidence != Confidence::low);
    for (const std::string& line : match.evidence) {
      if (std::find(known->evidence.begin(), known->evidence.end(), line) == known->evidence.end())
        known->evidence.push_back(line);
    }
  }
}

// A selector that the policy gives to a service.
void SourceIdentifier::add_own_signature(const Signature& signature, Candidates& out) {
  for (const KnownKey& key : known_.keys) {
    const SenderPolicy* sender = key.selector == signature.selector ? known_.service(key.sender) : nullptr;
    if (sender == nullptr) continue;
    const bool good = passes(signature);
    merge({{sender,
            good ? Confidence::high : Confidence::low,
            good ? kOwnKeyScore : 1,
            {"the policy gives the selector " + in_quotes(signature.selector) + " to it"}}},
          false, out);
  }
  // A selector alone tells little; a signature that does not verify can be anybody's.
  MailEvidence mail;
  mail.selector = signature.selector;
  if (passes(signature)) merge(matches("s=" + signature.selector, mail), false, out);
}

SourceIdentifier::Candidates SourceIdentifier::candidates_of(const Flow& flow) {
  Candidates out;
  for (const Signature& signature : flow.signatures) {
    if (organizations_.aligned(signature.domain, known_.domain)) {
      add_own_signature(signature, out);
    } else if (passes(signature)) {
      MailEvidence mail;
      mail.dkim_domain = name_of(signature.domain);
      mail.selector = signature.selector;
      merge(matches("d=" + signature.domain + "|" + signature.selector, mail), true, out);
    }
  }
  for (const SpfCheck& check : flow.spf) {
    if (!passes(check) || organizations_.aligned(check.domain, known_.domain)) continue;
    MailEvidence mail;
    mail.return_path = name_of(check.domain);
    merge(matches("m=" + check.domain, mail), true, out);
  }
  MailEvidence mail;
  mail.ip = flow.source;
  merge(index_.identify(mail), true, out);
  if (const auto name = known_.names.find(flow.source); name != known_.names.end()) {
    MailEvidence called;
    called.return_path = name->second;
    std::vector<SenderMatch> found = index_.identify(called);
    for (SenderMatch& match : found)
      match.evidence = {"its address is called " + in_quotes(name->second.to_string()) + ", there and back"};
    merge(found, true, out);
  }
  std::stable_sort(out.begin(), out.end(), [&](const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    return known_.enabled.contains(a.sender->id) && !known_.enabled.contains(b.sender->id);
  });
  return out;
}

// The policy's key behind a good signature.
const KnownKey* SourceIdentifier::own_key(const Flow& flow) {
  for (const Signature& signature : flow.signatures) {
    if (!passes(signature) || !organizations_.aligned(signature.domain, known_.domain)) continue;
    for (const KnownKey& key : known_.keys) {
      if (key.selector == signature.selector && key.sender.empty()) return &key;
    }
  }
  return nullptr;
}

// The domain of a return path that passes SPF and is not the owner's; "" when there is none.
std::string SourceIdentifier::foreign_return_path(const Flow& flow) {
  for (const SpfCheck& check : flow.spf) {
    if (passes(check) && !organizations_.aligned(check.domain, known_.domain)) return organizations_.of(check.domain);
  }
  return {};
}

// What mail of one stranger has in common: the domain of its return path, of its
// signature, of its address, else the network.
std::string SourceIdentifier::group_of(const Flow& flow) {
  if (std::string path = foreign_return_path(flow); !path.empty()) return path;
  for (const Signature& signature : flow.signatures) {
    if (passes(signature) && !organizations_.aligned(signature.domain, known_.domain))
      return organizations_.of(signature.domain);
  }
  if (const auto name = known_.names.find(flow.source); name != known_.names.end())
    return organizations_.of(name->second.to_string());
  return network_of(flow.source);
}

Source SourceIdentifier::service_source(const Candidate& candidate) const {
  return {SourceKind::service, candidate.sender->id, candidate.sender->name, candidate.confidence, candidate.evidence};
}

Source SourceIdentifier::forwarder(const Flow& flow, Confidence confidence, std::string why) {
  std::string group = group_of(flow);
  return {SourceKind::forwarder, group, "forwarder " + group, confidence, {std::move(why)}};
}

// A signature of the owner's is good, and nothing says the mail came straight from who made it.
Source SourceIdentifier::passed_on(const Flow& flow, const Candidates& candidates) {
  if (flow.forwarded || flow.arc)
    return forwarder(flow, Confidence::high, flow.arc ? "the receiver trusted its ARC seal" : "the receiver says so");
  const std::string foreign = foreign_return_path(flow);
  if (!foreign.empty())
    return forwarder(flow, Confidence::medium,
                     "DKIM survives, and the return path was rewritten to " + in_quotes(foreign));
  const bool named = !candidates.empty() && candidates.front().score == kOwnKeyScore;
  // Without its networks a service that is left out of the SPF record looks like a forwarder.
  if (flow.spf_pass || (named && candidates.front().sender->networks.empty()))
    return service_source(candidates.front());
  return forwarder(flow, Confidence::medium, "DKIM survives, SPF does not, and the address is nobody's we know");
}

Source SourceIdentifier::signed_by_owner(const Flow& flow, const KnownKey& key) {
  const std::string evidence = "signed with the policy's own key " + in_quotes(key.selector);
  if (!flow.forwarded && !flow.arc && foreign_return_path(flow).empty() && (flow.spf_pass || known_.netblocks.empty()))
    return {SourceKind::internal, "internal", "own servers", Confidence::high, {evidence}};
  return passed_on(flow, {});
}

// No signature of the owner's that we know, and no service fits.
Source SourceIdentifier::authenticated(const Flow& flow) {
  if (flow.forwarded || flow.arc)
    return forwarder(flow, Confidence::medium, flow.arc ? "the receiver trusted its ARC seal" : "the receiver says so");
  const auto possible = [&](std::string id, std::string evidence) {
    std::string name = "possible sender " + id;
    return Source{SourceKind::possible, std::move(id), std::move(name), Confidence::low, {std::move(evidence)}};
  };
  const std::string foreign = foreign_return_path(flow);
  if (flow.dkim_pass && !flow.spf_pass) {
    if (!foreign.empty())
      return forwarder(flow, Confidence::medium,
                       "DKIM survives, and the return path was rewritten to " + in_quotes(foreign));
    return forwarder(flow, Confidence::low, "DKIM survives, SPF does not, and the address is nobody's we know");
  }
  if (flow.spf_pass) return possible(group_of(flow), "the published SPF record authorises the address");
  if (!foreign.empty()) return possible(group_of(flow), "its return path passes SPF for " + in_quotes(foreign));
  const bool signature =
      std::any_of(flow.signatures.begin(), flow.signatures.end(), [](const Signature& one) { return passes(one); });
  if (signature) {
    std::string group = group_of(flow);
    std::string evidence = "its signature of " + in_quotes(group) + " is good";
    return possible(std::move(group), std::move(evidence));
  }
  return {SourceKind::unknown, "unknown", "unknown", Confidence::low, {"nothing about it is authenticated"}};
}

Source SourceIdentifier::identify(const Flow& flow) {
  if (known_.netblocks.contains(flow.source))
    return {SourceKind::internal, "internal", "own servers", Confidence::high, {"the address is in the netblocks"}};
  const Candidates candidates = candidates_of(flow);
  const auto direct =
      std::find_if(candidates.begin(), candidates.end(), [](const Candidate& one) { return one.direct; });
  const bool others_key = direct != candidates.end() && candidates.front().score == kOwnKeyScore && flow.dkim_pass &&
                          !candidates.front().direct;
  if (others_key && !flow.forwarded) {
    // Made by one service, delivered by another: as its platform when SPF passes, else as a mailbox that forwards.
    const bool platform = flow.spf_pass || !foreign_return_path(flow).empty();
    if (platform) return service_source(candidates.front());
    return forwarder(flow, Confidence::medium, "DKIM survives, SPF does not, and the address is another service's");
  }
  if (direct != candidates.end() && !flow.forwarded) return service_source(*direct);
  if (const KnownKey* key = own_key(flow)) return signed_by_owner(flow, *key);
  if (!candidates.empty() && flow.dkim_pass && candidates.front().score == kOwnKeyScore)
    return passed_on(flow, candidates);
  const bool telling = !candidates.empty() && candidates.front().confidence != Confidence::low;
  if (telling && !flow.forwarded && !flow.arc) return service_source(candidates.front());
  return authenticated(flow);
}

}  // namespace emailauth::report
