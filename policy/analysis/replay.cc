#include "policy/analysis/replay.h"

#include <algorithm>
#include <map>

#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

// The result of one flow under the candidate, and why it is worse.
struct Judgement {
  bool pass = false;
  std::string why;
};

class Judge {
 public:
  Judge(const KnownSources& known, const CandidatePolicy& candidate)
      : known_(known),
        candidate_(candidate),
        today_(networks_of(known.enabled, known.netblocks)),
        then_(networks_of(candidate.enabled, candidate.netblocks)) {
    // A service whose networks are unknown, or that only receivers can look up, may list any address.
    uncertain_ = std::any_of(candidate.enabled.begin(), candidate.enabled.end(), [&](const std::string& id) {
      const SenderPolicy* sender = known.service(id);
      return sender == nullptr || sender->networks.empty() || !sender->passthrough.empty();
    });
  }

  Judgement judge(const Flow& flow) {
    if (candidate_.blocked) return {false, "the domain would be blocked"};
    std::string why;
    const bool dkim = dkim_passes(flow, why);
    const bool spf = spf_passes(flow, why);
    return {dkim || spf, why};
  }

 private:
  IpSet networks_of(const std::set<std::string>& enabled, const IpSet& netblocks) const {
    IpSet out = netblocks;
    for (const std::string& id : enabled) {
      if (const SenderPolicy* sender = known_.service(id); sender != nullptr) out |= IpSet::of(sender->networks);
    }
    return out;
  }

  bool aligned(const std::string& domain, const std::string& from, Alignment mode) {
    return mode == Alignment::strict ? domain == from : organizations_.aligned(domain, from);
  }

  static void add(std::string& why, const std::string& reason) {
    if (why.find(reason) == std::string::npos) (why += why.empty() ? "" : "; ") += reason;
  }

  bool dkim_passes(const Flow& flow, std::string& why) {
    for (const Signature& one : flow.signatures) {
      if (one.result != AuthResult::pass || !organizations_.aligned(one.domain, flow.header_from)) continue;
      if (!aligned(one.domain, flow.header_from, candidate_.adkim)) {
        add(why, "adkim=s does not accept signatures of " + one.domain);
      } else if (one.domain == known_.domain && holds(known_.keys, one.selector) &&
                 !holds(candidate_.keys, one.selector)) {
        add(why, "the selector " + one.selector + " would be missing");
      } else {
        return true;
      }
    }
    // A receiver may say "pass" without saying which signature it was.
    return flow.dkim_pass && flow.signatures.empty();
  }

  static bool holds(const std::vector<KnownKey>& keys, const std::string& selector) {
    return std::any_of(keys.begin(), keys.end(), [&](const KnownKey& key) { return key.selector == selector; });
  }

  // If both policies list it, or neither does, the result stays as receivers saw it.
  bool listed_then(const Flow& flow, bool passed) const {
    const bool today = today_.contains(flow.source);
    const bool then = then_.contains(flow.source);
    return passed ? !today || then || uncertain_ : then && !today;
  }

  bool spf_passes(const Flow& flow, std::string& why) {
    for (const SpfCheck& one : flow.spf) {
      if (one.scope == SpfScope::helo || !organizations_.aligned(one.domain, flow.header_from)) continue;
      const bool passed = one.result == AuthResult::pass;
      if (!aligned(one.domain, flow.header_from, candidate_.aspf)) {
        if (passed) add(why, "aspf=s does not accept return paths of " + one.domain);
        continue;
      }
      if (one.domain == known_.domain ? listed_then(flow, passed) : passed) return true;
      if (passed) add(why, "its address would not be in the SPF record");
    }
    return flow.spf_pass && flow.spf.empty();
  }

  const KnownSources& known_;
  const CandidatePolicy& candidate_;
  OrganizationalDomains organizations_;
  const IpSet today_;
  const IpSet then_;
  bool uncertain_ = false;
};

struct SourceTally {
  ReplayedSource source;
  std::map<std::string, std::uint64_t> why;
};

// Counts the messages of each flow.
std::vector<std::uint64_t> counted(const History& history, const Filter& filter) {
  std::vector<std::uint64_t> out(history.flows.size());
  for (const Fact& fact : history.facts) {
    if (fact.day >= filter.since && fact.day <= filter.until) out[fact.flow] += fact.count;
  }
  for (std::size_t i = 0; !filter.header_from.empty() && i < out.size(); ++i) {
    if (!is_at_or_below(history.flows[i].header_from, filter.header_from)) out[i] = 0;
  }
  return out;
}

Disposition action_for(const Flow& flow, const std::string& domain, const CandidatePolicy& policy) {
  return flow.header_from == domain ? policy.action : policy.subdomains;
}

bool acts(Disposition action) { return action == Disposition::quarantine || action == Disposition::reject; }

void add_flow(const Flow& flow, const Judgement& then, std::uint64_t mails, bool stricter, SourceTally& tally) {
  tally.source.mails += mails;
  if (flow.dmarc_pass() && !then.pass) {
    tally.source.lost += mails;
    tally.why[then.why] += mails;
  }
  if (!flow.dmarc_pass() && then.pass) tally.source.gained += mails;
  if (!then.pass && stricter) tally.source.refused += mails;
}

}  // namespace

bool ReplayedSource::is_harmed(const ReplayLimits& limits) const {
  const auto over = [&](std::uint64_t count, double percent) {
    return count > 0 && static_cast<double>(count) * 100 > percent * static_cast<double>(mails);
  };
  return legitimate && (over(lost, limits.lost) || (mails >= limits.few && over(refused, limits.refused)));
}

bool Replay::harms(const ReplayLimits& limits) const {
  return std::any_of(sources.begin(), sources.end(), [&](const auto& one) { return one.is_harmed(limits); });
}

Replay replay(const History& history, const KnownSources& known, const Filter& filter, const CandidatePolicy& candidate,
              const CandidatePolicy& today) {
  Replay out{known.domain, filter.since, filter.until, today.action, candidate.action, {}};
  const std::vector<std::uint64_t> mails = counted(history, filter);
  SourceIdentifier identifier(known);
  Judge judge(known, candidate);
  std::map<std::pair<SourceKind, std::string>, SourceTally> tallies;
  for (std::size_t i = 0; i < history.flows.size(); ++i) {
    if (mails[i] == 0) continue;
    const Flow& flow = history.flows[i];
    Source source = identifier.identify(flow);
    SourceTally& tally = tallies[{source.kind, source.id}];
    tally.source.legitimate = source.kind == SourceKind::internal ||
                              (source.kind == SourceKind::service && known.enabled.contains(source.id));
    tally.source.source = std::move(source);
    // Mail that fails already is newly refused if the action begins; mail that fails from now on is refused if there is
    // one.
    const bool stricter = acts(action_for(flow, known.domain, candidate)) &&
                          (flow.dmarc_pass() || !acts(action_for(flow, known.domain, today)));
    add_flow(flow, judge.judge(flow), mails[i], stricter, tally);
  }
  for (auto& [key, tally] : tallies) {
    if (tally.source.lost + tally.source.gained + tally.source.refused == 0) continue;
    std::vector<std::pair<std::uint64_t, std::string>> why;
    for (const auto& [reason, count] : tally.why) why.emplace_back(count, reason);
    std::sort(why.rbegin(), why.rend());
    for (const auto& [count, reason] : why) tally.source.why.push_back(reason + " (" + std::to_string(count) + ")");
    out.sources.push_back(std::move(tally.source));
  }
  std::stable_sort(out.sources.begin(), out.sources.end(),
                   [](const ReplayedSource& a, const ReplayedSource& b) { return a.mails > b.mails; });
  return out;
}

}  // namespace emailauth::report
