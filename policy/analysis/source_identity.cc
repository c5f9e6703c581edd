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

// Returns the network by which an unnamed address is grouped.
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

// Finds a selector that the policy assigns to a service.
void SourceIdentifier::add_own_signature(const Signature& signature, Candidates& out) {
  for (const KnownKey& key : known_.keys) {
    const SenderPolicy* sender = key.selector == signature.selector ? known_.service(key.sender) : nullptr;
    if (sender == nullptr) continue;
    const bool good = passes(signature);
    merge({{sender,
            good ? Confidence::high : Confidence::low,
            good ? kOwnKeyScore : 1,
            {"the policy assigns the selector " + in_quotes(signature.selector) + " to it"}}},
          false, out);
  }
  // A selector alone shows little; a signature that does not verify can be anybody's.
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
      match.evidence = {"its address is called " + in_quotes(name->second.to_string()) +
                        ", confirmed in both directions"};
    merge(found, true, out);
  }
  std::stable_sort(out.begin(), out.end(), [&](const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    return known_.enabled.contains(a.sender->id) && !known_.enabled.contains(b.sender->id);
  });
  return out;
}

// Returns the policy's key that made a good signature.
const KnownKey* SourceIdentifier::own_key(const Flow& flow) {
  for (const Signature& signature : flow.signatures) {
    if (!passes(signature) || !organizations_.aligned(signature.domain, known_.domain)) continue;
    for (const KnownKey& key : known_.keys) {
      if (key.selector == signature.selector && key.sender.empty()) return &key;
    }
  }
  return nullptr;
}

// Returns the domain of a return path that passes SPF and is not the owner's; "" if there is none.
std::string SourceIdentifier::foreign_return_path(const Flow& flow) {
  for (const SpfCheck& check : flow.spf) {
    if (passes(check) && !organizations_.aligned(check.domain, known_.domain)) return organizations_.of(check.domain);
  }
  return {};
}

// Returns what the mail of one stranger has in common: the domain of its return path, of its
// signature or of its address, otherwise the network.
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

// What counts for or against each kind of source.
struct SourceIdentifier::Signs {
  const Flow& flow;
  bool own_network = false;           // the address is in the owner's netblocks
  bool has_netblocks = false;         // the owner names any
  bool signature = false;             // somebody's signature is good
  const KnownKey* own_key = nullptr;  // the policy's, behind a good signature
  std::string foreign{};              // foreign_return_path()
  std::string group{};                // group_of()
  const Candidate* best = nullptr;    // the service that most speaks for
  const Candidate* direct = nullptr;  // the best of those that the mail came straight from
  bool bests_key = false;             // `best` signed with a key that the policy gives it

  bool relayed() const { return flow.forwarded || flow.arc; }
  bool dkim_only() const { return flow.dkim_pass && !flow.spf_pass; }
  // Made by one service, delivered by another.
  bool two_services() const {
    return direct != nullptr && bests_key && !best->direct && flow.dkim_pass && !flow.forwarded;
  }
  // A signature of the owner's is good, and nothing says that the mail came straight from who made it.
  bool signed_for_owner() const { return own_key != nullptr || (bests_key && flow.dkim_pass); }
  bool is_rewritten() const { return !foreign.empty(); }
  bool has_return_path() const { return flow.spf_pass || is_rewritten(); }
  bool straight_from_owner() const {
    return own_key != nullptr && !relayed() && !is_rewritten() && (flow.spf_pass || !has_netblocks);
  }
  // Without its networks a service that is left out of the SPF record looks like a forwarder.
  bool straight_from_best() const {
    return own_key == nullptr && signed_for_owner() && (flow.spf_pass || best->sender->networks.empty());
  }
  bool best_is_telling() const { return best != nullptr && best->confidence != Confidence::low; }
};

SourceIdentifier::Signs SourceIdentifier::signs_of(const Flow& flow, const Candidates& candidates) {
  Signs out{flow};
  out.own_network = known_.netblocks.contains(flow.source);
  out.has_netblocks = !known_.netblocks.empty();
  out.signature =
      std::any_of(flow.signatures.begin(), flow.signatures.end(), [](const auto& one) { return passes(one); });
  out.own_key = own_key(flow);
  out.foreign = foreign_return_path(flow);
  out.group = group_of(flow);
  if (candidates.empty()) return out;
  out.best = &candidates.front();
  out.bests_key = out.best->score == kOwnKeyScore;
  const auto direct = std::find_if(candidates.begin(), candidates.end(), [](const auto& one) { return one.direct; });
  if (direct != candidates.end()) out.direct = &*direct;
  return out;
}

// How signs decide. Evidence is one line.
struct SourceIdentifier::Rules {
  using S = const Signs&;
  struct Rule {
    bool (*holds)(S);
    SourceKind kind;
    Confidence confidence;               // of a service: that of the candidate counts
    std::string (*evidence)(S);          // likewise
    const Candidate* Signs::*candidate;  // of a service
  };
  static const Rule kInOrder[];

  static std::string in_netblocks(S) { return "the address is in the netblocks"; }
  static std::string own_key(S s) { return "signed with the policy's own key " + in_quotes(s.own_key->selector); }
  static std::string receivers_word(S s) {
    return s.flow.arc ? "the receiver trusted its ARC seal" : "the receiver says so";
  }
  static std::string rewritten(S s) {
    return "DKIM survives, and the return path was rewritten to " + in_quotes(s.foreign);
  }
  static std::string others_address(S) {
    return "DKIM survives, SPF does not, and the address belongs to another service";
  }
  static std::string unknown_address(S) { return "DKIM survives, SPF does not, and the address is unknown"; }
  static std::string spf_record(S) { return "the published SPF record authorises the address"; }
  static std::string return_path(S s) { return "its return path passes SPF for " + in_quotes(s.foreign); }
  static std::string signature(S s) { return "its signature of " + in_quotes(s.group) + " is good"; }
  static std::string nothing(S) { return "nothing about it is authenticated"; }

  static constexpr auto kInternal = SourceKind::internal;
  static constexpr auto kService = SourceKind::service;
  static constexpr auto kForwarder = SourceKind::forwarder;
  static constexpr auto kPossible = SourceKind::possible;
  static constexpr auto kHigh = Confidence::high;
  static constexpr auto kMedium = Confidence::medium;
  static constexpr auto kLow = Confidence::low;
};

// The first that holds counts.
const SourceIdentifier::Rules::Rule SourceIdentifier::Rules::kInOrder[] = {
    // clang-format off
    {[](S s) { return s.own_network; },                            kInternal,  kHigh,   in_netblocks,    nullptr},
    // Made by one service, delivered by another: as its platform when SPF passes, else as a mailbox that forwards.
    {[](S s) { return s.two_services() && s.has_return_path(); },  kService,   kLow,    nullptr,         &Signs::best},
    {[](S s) { return s.two_services(); },                         kForwarder, kMedium, others_address,  nullptr},
    {[](S s) { return s.direct != nullptr && !s.flow.forwarded; }, kService,   kLow,    nullptr,         &Signs::direct},
    {[](S s) { return s.straight_from_owner(); },                  kInternal,  kHigh,   own_key,         nullptr},
    {[](S s) { return s.signed_for_owner() && s.relayed(); },      kForwarder, kHigh,   receivers_word,  nullptr},
    {[](S s) { return s.signed_for_owner() && s.is_rewritten(); }, kForwarder, kMedium, rewritten,       nullptr},
    {[](S s) { return s.straight_from_best(); },                   kService,   kLow,    nullptr,         &Signs::best},
    {[](S s) { return s.signed_for_owner(); },                     kForwarder, kMedium, unknown_address, nullptr},
    {[](S s) { return s.best_is_telling() && !s.relayed(); },      kService,   kLow,    nullptr,         &Signs::best},
    {[](S s) { return s.relayed(); },                              kForwarder, kMedium, receivers_word,  nullptr},
    {[](S s) { return s.dkim_only() && s.is_rewritten(); },        kForwarder, kMedium, rewritten,       nullptr},
    {[](S s) { return s.dkim_only(); },                            kForwarder, kLow,    unknown_address, nullptr},
    {[](S s) { return s.flow.spf_pass; },                          kPossible,  kLow,    spf_record,      nullptr},
    {[](S s) { return s.is_rewritten(); },                         kPossible,  kLow,    return_path,     nullptr},
    {[](S s) { return s.signature; },                              kPossible,  kLow,    signature,       nullptr},
    {[](S) { return true; }, SourceKind::unknown,                              kLow,    nothing,         nullptr},
    // clang-format on
};

Source SourceIdentifier::identify(const Flow& flow) {
  const bool own_network = known_.netblocks.contains(flow.source);  // then no service matters
  const Candidates candidates = own_network ? Candidates() : candidates_of(flow);
  const Signs signs = signs_of(flow, candidates);
  const Rules::Rule& rule = *std::find_if(std::begin(Rules::kInOrder), std::end(Rules::kInOrder),
                                          [&](const Rules::Rule& one) { return one.holds(signs); });
  switch (rule.kind) {
    case SourceKind::service: {
      const Candidate& found = *(signs.*rule.candidate);
      return {rule.kind, found.sender->id, found.sender->name, found.confidence, found.evidence};
    }
    case SourceKind::internal: return {rule.kind, "internal", "own servers", rule.confidence, {rule.evidence(signs)}};
    case SourceKind::forwarder:
    case SourceKind::possible: {
      const std::string name = std::string(to_text(rule.kind)) + " " + signs.group;
      return {rule.kind, signs.group, name, rule.confidence, {rule.evidence(signs)}};
    }
    case SourceKind::unknown: break;
  }
  return {rule.kind, "unknown", "unknown", rule.confidence, {rule.evidence(signs)}};
}

}  // namespace emailauth::report
