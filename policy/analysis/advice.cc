#include "policy/analysis/advice.h"

#include <algorithm>
#include <set>

#include "policy/analysis/advice_commands.h"
#include "policy/analysis/mending.h"
#include "policy/base/count.h"
#include "policy/net/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

// Works out what keeps a domain from the next stage.
class StageReadiness {
 public:
  StageReadiness(const AuthenticationReport& report, const KnownSources& known, const PolicyState& state,
                 const AdviceLimits& limits)
      : report_(report),
        known_(known),
        state_(state),
        limits_(limits),
        commands_(report.domain, state.directory, state.catalogue) {}

  Advice run() {
    out_.domain = report_.domain;
    out_.since = report_.since;
    out_.until = report_.until;
    out_.now = now();
    own_mail_ = own_mail();
    out_.next = next();
    check_time();
    for (const SourceReport& source : report_.sources) check_source(source);
    check_selectors();
    finish();
    return std::move(out_);
  }

 private:
  Stage now() const {
    if (state_.known || !report_.policy) return state_.stage;
    return report_.policy->p == Disposition::reject       ? Stage::reject
           : report_.policy->p == Disposition::quarantine ? Stage::quarantine
                                                          : Stage::none;
  }

  // Counts all that is, or may be, the owner's: weights are shares of it.
  std::uint64_t own_mail() const {
    std::uint64_t out = 0;
    for (const SourceReport& source : report_.sources) {
      if (source.source.kind != SourceKind::unknown) out += source.volume.mails;
    }
    return out;
  }

  bool sends_nothing() const { return own_mail_ < limits_.few && known_.enabled.empty() && known_.netblocks.empty(); }

  std::optional<Stage> next() const {
    if (out_.now == Stage::blocked) return std::nullopt;
    if (sends_nothing()) return Stage::blocked;
    if (out_.now == Stage::none) return Stage::quarantine;
    if (out_.now == Stage::quarantine || (state_.known && !state_.subdomains)) return Stage::reject;
    return std::nullopt;
  }

  void check_time() {
    const int days = static_cast<int>(report_.days.size());
    if (days < limits_.least_days) {
      out_.obstacles.push_back({{"there are reports of " + count_of(days, "day") + " only; a month shows who sends", "",
                                 "wait until there are " + count_of(limits_.least_days, "day") + " of reports"},
                                "too-few-days",
                                "",
                                {}});
    }
    if (out_.next != Stage::reject || out_.now != Stage::quarantine) return;
    const bool seen = report_.policy && report_.policy->p == Disposition::quarantine;
    const Day since = seen ? report_.policy->since : report_.until;
    if (seen && report_.until - since >= Days(limits_.stage_days - 1)) return;
    out_.obstacles.push_back(
        {{seen ? "receivers have seen p=quarantine since " + to_string(since) + " only"
               : "no receiver has seen p=quarantine yet",
          "", "wait until " + to_string(since + Days(limits_.stage_days)) + ", and listen to those who miss mail"},
         "quarantine-too-short",
         "",
         {}});
  }

  bool has_weight(const SourceReport& source) const {
    return source.volume.mails >= limits_.few &&
           static_cast<double>(source.volume.mails) * 100 >= limits_.weight * static_cast<double>(own_mail_);
  }

  void check_source(const SourceReport& source) {
    if (source.volume.mails == 0) return;
    switch (source.source.kind) {
      case SourceKind::internal: return check_legitimate(source);
      case SourceKind::service: return source.enabled ? check_legitimate(source) : check_unnamed_service(source);
      case SourceKind::forwarder: return check_forwarder(source);
      case SourceKind::possible: return check_possible(source);
      case SourceKind::unknown: return check_unknown(source);
    }
  }

  void check_legitimate(const SourceReport& source) {
    if (source.volume.pass_percent() >= limits_.least_pass) return;
    std::string what = source.source.name + ": " + percent_text(source.volume.pass_percent()) + " pass DMARC, " +
                       percent_text(limits_.least_pass) + " are needed";
    Obstacle found{{std::move(what), "", mending_of(source, known_, commands_)},
                   "low-pass",
                   source.source.id,
                   evidence_of(source)};
    (source.volume.mails < limits_.few ? out_.notes : out_.obstacles).push_back(std::move(found));
  }

  void check_unnamed_service(const SourceReport& source) {
    std::vector<std::string> evidence = source.source.evidence;
    evidence.push_back("first seen " + to_string(source.first_seen));
    for (std::string& line : evidence_of(source)) evidence.push_back(std::move(line));
    const bool passes = source.volume.pass_percent() >= limits_.least_pass;
    std::string what = source.source.name + " sends " + mails(source.volume.mails) + " and is not in the policy";
    Obstacle found{{std::move(what), "", {}}, "unnamed-service", source.source.id, std::move(evidence)};
    if (!known_.configured.contains(source.source.id))
      found.todo.then(commands_.senders_add(source.source.id)).then(commands_.senders_refresh(source.source.id));
    found.todo.then(commands_.sender_enable(source.source.id));
    if (!passes) found.todo.then(mending_of(source, known_, commands_));
    (passes || !has_weight(source) ? out_.notes : out_.obstacles).push_back(std::move(found));
  }

  void check_forwarder(const SourceReport& source) {
    if (!has_weight(source) || source.volume.pass_percent() >= limits_.least_pass) return;
    std::string what = source.source.name + " passes on " + mails(source.volume.mails) + ", and " +
                       percent_text(source.volume.pass_percent()) + " pass";
    out_.notes.push_back({{std::move(what), "", "nothing in DNS helps: sign everything, so that DKIM survives"},
                          "forwarder-breaks",
                          source.source.id,
                          evidence_of(source)});
  }

  void check_possible(const SourceReport& source) {
    const bool passes = source.volume.pass_percent() >= limits_.least_pass;
    if (!has_weight(source)) return;
    std::string what = source.source.name + " sends " + mails(source.volume.mails) + ", and its identity is unknown";
    Obstacle found{{std::move(what), "", add_addresses(source, 0)},
                   "unexplained-sender",
                   source.source.id,
                   source.source.evidence};
    for (const NamedVolume& address : source.addresses) {
      if (found.evidence.size() < 6) found.evidence.push_back(address.name + " sent " + mails(address.volume.mails));
    }
    (passes ? out_.notes : out_.obstacles).push_back(std::move(found));
  }

  Todo add_addresses(const SourceReport& source, int least_days) const {
    std::vector<std::string> addresses;
    for (const NamedVolume& address : source.addresses) {
      if (address.days >= least_days && addresses.size() < 5) addresses.push_back(address.name);
    }
    return Todo("if it is yours, add it; if not, ignore it").then(commands_.netblock_add(addresses));
  }

  // Forged mail comes from ever new addresses; an unlisted server keeps its address.
  void check_unknown(const SourceReport& source) {
    std::vector<std::string> evidence;
    for (const NamedVolume& address : source.addresses) {
      const bool weight = address.volume.mails >= limits_.few && static_cast<double>(address.volume.mails) * 100 >=
                                                                     limits_.weight * static_cast<double>(own_mail_);
      if (weight && address.days >= limits_.steady_days)
        evidence.push_back(address.name + " sent " + mails(address.volume.mails) + " on " +
                           std::to_string(address.days) + " days");
    }
    if (evidence.empty()) return;
    out_.obstacles.push_back(
        {{"unauthenticated mail comes steadily from the same addresses, like that of a forgotten server does", "",
          add_addresses(source, limits_.steady_days)},
         "steady-stranger",
         source.source.id,
         std::move(evidence)});
  }

  // A selector that verifies and is not in the policy is switched off when _domainkey is delegated.
  void check_selectors() {
    const std::set<std::string> missing = missing_selectors();
    if (!state_.managed) {
      out_.notes.push_back(
          {{"no policy file contains " + report_.domain + ", and the commands here change policy files", "",
            commands_.import(missing)},
           "no-policy",
           "",
           {}});
      return;
    }
    if (missing.empty()) return;
    Obstacle found{{"selectors are in use that the policy does not have", "", {}}, "selector-not-in-policy", "", {}};
    for (const std::string& name : missing)
      found.evidence.push_back(name + "._domainkey." + report_.domain + " verifies at receivers");
    found.todo.then(commands_.dkim_import(missing)).then("do not delegate _domainkey." + report_.domain + " before");
    out_.notes.push_back(std::move(found));
  }

  std::set<std::string> missing_selectors() const {
    std::set<std::string> out;
    for (const SourceReport& source : report_.sources)
      out.merge(selectors_of(source, report_.domain, [](const Volume& volume) { return volume.dkim > 0; }));
    for (const KnownKey& key : known_.keys) out.erase(key.selector);
    return out;
  }

  void finish() {
    out_.ready = out_.next && out_.obstacles.empty();
    if (!out_.ready) return;
    switch (*out_.next) {
      case Stage::none: return;
      case Stage::quarantine: out_.todo = commands_.dmarc_set({"p=quarantine", "sp=quarantine", "np=reject"}); return;
      case Stage::reject: out_.todo = commands_.dmarc_set({"p=reject", "sp=reject", "np=reject"}); return;
      case Stage::blocked: out_.todo = commands_.block(state_.managed); return;
    }
  }

  const AuthenticationReport& report_;
  const KnownSources& known_;
  const PolicyState& state_;
  const AdviceLimits& limits_;
  const AdviceCommands commands_;
  std::uint64_t own_mail_ = 0;
  Advice out_;
};

}  // namespace

std::string_view to_text(Stage stage) {
  switch (stage) {
    case Stage::none: return "p=none";
    case Stage::quarantine: return "p=quarantine";
    case Stage::reject: return "p=reject";
    case Stage::blocked: return "blocked";
  }
  return {};
}

Advice advice_for(const AuthenticationReport& report, const KnownSources& known, const PolicyState& state,
                  const AdviceLimits& limits) {
  return StageReadiness(report, known, state, limits).run();
}

}  // namespace emailauth::report
