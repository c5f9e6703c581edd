#include "policy/analysis/authentication_report.h"

#include <algorithm>
#include <unordered_map>

#include "policy/net/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

constexpr std::size_t kMostNames = 50;  // of addresses, return paths: the rest is in the sums

using NameVolumes = std::unordered_map<std::string, Volume>;

std::vector<NamedVolume> by_volume(const NameVolumes& names) {
  std::vector<NamedVolume> out;
  for (const auto& [name, volume] : names) out.push_back({name, volume});
  std::sort(out.begin(), out.end(), [](const NamedVolume& a, const NamedVolume& b) {
    return a.volume.mails != b.volume.mails ? a.volume.mails > b.volume.mails : a.name < b.name;
  });
  if (out.size() > kMostNames) out.resize(kMostNames);
  return out;
}

// The counts of a source until it is shown.
struct Tally {
  SourceReport report;
  NameVolumes addresses, selectors, return_paths;
  std::unordered_map<std::string, int> address_days;
  std::vector<Volume> receivers;
  int days_seen = 0;  // in everything stored
  bool seen = false;
};

// Sums flows by source, day and receiver.
class FlowTotals {
 public:
  FlowTotals(const History& history, const KnownSources& known, const Filter& filter)
      : history_(history), known_(known), filter_(filter), identifier_(known) {}

  AuthenticationReport run() {
    out_.domain = known_.domain;
    out_.since = filter_.since;
    out_.until = filter_.until;
    identify_flows();
    choose_receivers();
    count_facts();
    count_flows();
    finish_sources();
    finish_totals();
    return std::move(out_);
  }

 private:
  void identify_flows() {
    std::map<std::pair<SourceKind, std::string>, std::size_t> known;
    tally_of_flow_.reserve(history_.flows.size());
    for (const Flow& flow : history_.flows) {
      Source source = identifier_.identify(flow);
      const auto [at, is_new] = known.emplace(std::pair(source.kind, source.id), tallies_.size());
      if (is_new) {
        tallies_.emplace_back();
        tallies_.back().report.source = std::move(source);
      } else if (SourceReport& report = tallies_[at->second].report; source.confidence > report.source.confidence) {
        report.source = std::move(source);
      }
      tally_of_flow_.push_back(at->second);
      counted_flow_.push_back(filter_.header_from.empty() || is_at_or_below(flow.header_from, filter_.header_from));
    }
    flow_mails_.resize(history_.flows.size());
    flow_days_.resize(history_.flows.size());
  }

  void choose_receivers() {
    for (const std::string& receiver : history_.receivers)
      counted_receiver_.push_back(receiver.find(filter_.receiver) != std::string::npos);
    receivers_.resize(history_.receivers.size());
  }

  void count_facts() {
    for (const Fact& fact : history_.facts) {
      if (!counted_flow_[fact.flow]) continue;
      Tally& tally = tallies_[tally_of_flow_[fact.flow]];
      note_day(tally, fact.day);
      const bool counts = fact.day >= filter_.since && fact.day <= filter_.until && counted_receiver_[fact.receiver] &&
                          (!filter_.disposition || fact.disposition == *filter_.disposition);
      if (counts) count(fact, tally);
    }
  }

  void note_day(Tally& tally, Day day) {
    if (!out_.any_stored) out_.first_stored = day;
    out_.any_stored = true;
    out_.last_stored = std::max(out_.last_stored, day);
    if (day > filter_.until) return;  // as if not known yet
    if (!tally.seen) tally.report.first_seen = day;
    if (!tally.seen || tally.report.last_seen != day) ++tally.days_seen;
    tally.seen = true;
    tally.report.last_seen = day;
  }

  static void add_day(std::vector<DayVolume>& days, Day day, const Volume& volume) {
    if (days.empty() || days.back().day != day) days.push_back({day, {}});
    days.back().volume.add(volume);
  }

  void count(const Fact& fact, Tally& tally) {
    Volume volume;
    volume.add(history_.flows[fact.flow], fact.count);
    tally.report.volume.add(volume);
    tally.report.dispositions[static_cast<std::size_t>(fact.disposition)] += fact.count;
    add_day(tally.report.days, fact.day, volume);
    add_day(out_.days, fact.day, volume);
    if (tally.receivers.empty()) tally.receivers.resize(history_.receivers.size());
    tally.receivers[fact.receiver].add(volume);
    receivers_[fact.receiver].add(volume);
    flow_mails_[fact.flow] += fact.count;
    FlowDays& days = flow_days_[fact.flow];
    if (days.count == 0 || days.last != fact.day) ++days.count;
    days.last = fact.day;
  }

  // What all messages of a flow have in common is counted once per flow.
  void count_flows() {
    for (std::size_t i = 0; i < history_.flows.size(); ++i) {
      const std::uint64_t mails = flow_mails_[i];
      if (mails == 0) continue;
      const Flow& flow = history_.flows[i];
      Tally& tally = tallies_[tally_of_flow_[i]];
      const std::string address = flow.source.to_string();
      tally.addresses[address].add(flow, mails);
      int& days = tally.address_days[address];
      days = std::max(days, flow_days_[i].count);
      if (!flow.dmarc_pass()) {
        tally.report.why[static_cast<std::size_t>(why_spf(flow, organizations_))] += mails;
        tally.report.why[static_cast<std::size_t>(why_dkim(flow, organizations_))] += mails;
      }
      for (const Signature& one : flow.signatures) {
        if (one.selector.empty() || !organizations_.aligned(one.domain, known_.domain)) continue;
        Volume& volume = tally.selectors[one.selector + "._domainkey." + one.domain];
        volume.mails += mails;
        if (one.result == AuthResult::pass) volume.dkim += mails;
      }
      for (const SpfCheck& one : flow.spf) {
        if (!one.domain.empty() && one.scope != SpfScope::helo) tally.return_paths[one.domain].add(flow, mails);
      }
    }
  }

  std::vector<NamedVolume> named(const std::vector<Volume>& volumes) const {
    NameVolumes out;
    for (std::size_t i = 0; i < volumes.size(); ++i) {
      if (volumes[i].mails > 0) out[history_.receivers[i]].add(volumes[i]);
    }
    return by_volume(out);
  }

  bool has_vanished(const Tally& tally) const {
    const SourceReport& report = tally.report;
    const Days window = filter_.until - filter_.since + Days(1);
    return report.source.kind != SourceKind::unknown && report.source.kind != SourceKind::forwarder &&
           tally.days_seen >= kRegularDays && report.last_seen + Days(kVanishedAfter) <= filter_.until &&
           report.last_seen >= filter_.since - window;
  }

  void finish_sources() {
    for (Tally& tally : tallies_) {
      SourceReport& report = tally.report;
      if (!tally.seen) continue;
      report.has_vanished = has_vanished(tally);
      if (report.volume.mails == 0 && !report.has_vanished) continue;
      report.enabled = report.source.kind == SourceKind::internal || known_.enabled.contains(report.source.id);
      report.is_new = report.first_seen >= filter_.since && report.first_seen >= out_.first_stored + Days(kNewAfter) &&
                      report.source.kind != SourceKind::unknown;
      report.addresses = by_volume(tally.addresses);
      for (NamedVolume& address : report.addresses) address.days = tally.address_days[address.name];
      report.selectors = by_volume(tally.selectors);
      report.return_paths = by_volume(tally.return_paths);
      report.receivers = named(tally.receivers);
      out_.sources.push_back(std::move(report));
    }
    std::stable_sort(out_.sources.begin(), out_.sources.end(), [](const SourceReport& a, const SourceReport& b) {
      return a.volume.mails != b.volume.mails ? a.volume.mails > b.volume.mails : a.source.id < b.source.id;
    });
  }

  bool in_window(Day day) const { return day >= filter_.since && day <= filter_.until; }

  void finish_totals() {
    for (const DayVolume& day : out_.days) out_.total.add(day.volume);
    out_.receivers = named(receivers_);
    for (const PolicySeen& seen : history_.policies) {
      if (!in_window(seen.day) || seen.policy.empty()) continue;
      std::erase(out_.policies, seen.policy);
      out_.policies.push_back(seen.policy);
    }
    out_.policy = policy_spell(history_, filter_.until);
    for (const TlsDay& day : history_.tls) {
      if (!in_window(day.day)) continue;
      out_.tls_successes += day.successes;
      out_.tls_failures += day.failures;
    }
    for (const TlsFault& fault : history_.tls_faults) {
      if (in_window(fault.day)) add_fault(fault);
    }
    out_.failure_reports =
        static_cast<std::size_t>(std::count_if(history_.failures.begin(), history_.failures.end(),
                                               [&](const FailureSeen& seen) { return in_window(seen.day); }));
  }

  void add_fault(const TlsFault& fault) {
    for (TlsFault& known : out_.tls_faults) {
      if (known.result_type != fault.result_type || known.receiving_host != fault.receiving_host) continue;
      known.count += fault.count;
      return;
    }
    out_.tls_faults.push_back(fault);
  }

  const History& history_;
  const KnownSources& known_;
  const Filter& filter_;
  SourceIdentifier identifier_;
  OrganizationalDomains organizations_;
  AuthenticationReport out_;
  std::vector<Tally> tallies_;
  std::vector<std::size_t> tally_of_flow_;
  std::vector<bool> counted_flow_;
  std::vector<bool> counted_receiver_;
  struct FlowDays {
    Day last{};
    int count = 0;
  };
  std::vector<std::uint64_t> flow_mails_;  // in the window
  std::vector<FlowDays> flow_days_;        // in the window
  std::vector<Volume> receivers_;
};

}  // namespace

void Volume::add(const Flow& flow, std::uint64_t count) {
  mails += count;
  if (flow.dmarc_pass()) passed += count;
  if (flow.dkim_pass) dkim += count;
  if (flow.spf_pass) spf += count;
}

void Volume::add(const Volume& other) {
  mails += other.mails;
  passed += other.passed;
  dkim += other.dkim;
  spf += other.spf;
}

double Volume::pass_percent() const {
  return mails == 0 ? 100.0 : 100.0 * static_cast<double>(passed) / static_cast<double>(mails);
}

std::optional<PolicySpell> policy_spell(const History& history, Day until) {
  std::optional<PolicySpell> out;
  for (const PolicySeen& seen : history.policies) {
    if (seen.day > until) break;
    const std::string_view p = std::string_view(seen.policy).substr(0, seen.policy.find(';'));
    const Disposition action = parse_disposition(p.starts_with("p=") ? p.substr(2) : p);
    if (action == Disposition::unspecified) continue;
    if (out && out->p == action) {
      out->policy = seen.policy;
      continue;
    }
    out = PolicySpell{seen.policy, action, seen.day};
  }
  return out;
}

AuthenticationReport authentication_report(const History& history, const KnownSources& known, const Filter& filter) {
  return FlowTotals(history, known, filter).run();
}

}  // namespace emailauth::report
