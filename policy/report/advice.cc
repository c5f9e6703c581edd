#include "policy/report/advice.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "policy/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

// 94.96 is not 95: rounded down.
std::string percent_text(double value) {
  const auto tenths = static_cast<int>(std::floor(value * 10));
  return std::to_string(tenths / 10) + (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "") + " %";
}

std::string mails(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " message" : " messages"); }

class Adviser {
 public:
  Adviser(const AuthenticationReport& report, const KnownSources& known, const PolicyState& state,
          const AdviceLimits& limits)
      : report_(report), known_(known), state_(state), limits_(limits) {}

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

  // All that is, or may be, the owner's: what weights are shares of.
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

  std::string command(const std::string& text) const { return "emailauth " + text + " --write"; }

  void check_time() {
    const int days = static_cast<int>(report_.days.size());
    if (days < limits_.least_days) {
      out_.obstacles.push_back({"too-few-days",
                                "",
                                "there are reports of " + std::to_string(days) + " days only; a month shows who sends",
                                {},
                                {"wait until there are " + std::to_string(limits_.least_days) + " days of reports"}});
    }
    if (out_.next != Stage::reject || out_.now != Stage::quarantine) return;
    const bool seen = report_.policy && report_.policy->p == Disposition::quarantine;
    const Day since = seen ? report_.policy->since : report_.until;
    if (seen && report_.until - since + 1 >= limits_.stage_days) return;
    out_.obstacles.push_back(
        {"quarantine-too-short",
         "",
         seen ? "receivers have seen p=quarantine since " + to_text(since) + " only"
              : "no receiver has seen p=quarantine yet",
         {},
         {"wait until " + to_text(since + limits_.stage_days) + ", and listen to those who miss mail"}});
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

  std::vector<std::string> evidence_of(const SourceReport& source) const {
    std::vector<std::string> out;
    const std::uint64_t failed = source.volume.mails - source.volume.passed;
    if (failed > 0) out.push_back(mails(failed) + " of " + std::to_string(source.volume.mails) + " failed DMARC");
    for (std::size_t i = 0; i < kWhys; ++i) {
      if (source.why[i] > 0) out.push_back(mails(source.why[i]) + ": " + std::string(to_text(static_cast<Why>(i))));
    }
    for (const NamedVolume& selector : source.selectors) {
      if (selector.volume.dkim < selector.volume.mails)
        out.push_back(selector.name + " verified for " + mails(selector.volume.dkim) + " of " +
                      std::to_string(selector.volume.mails));
    }
    return out;
  }

  std::uint64_t failures(const SourceReport& source, Why why) const {
    return source.why[static_cast<std::size_t>(why)];
  }

  // What turns a failing service into a passing one.
  std::vector<std::string> mend_service(const SourceReport& source) const {
    std::vector<std::string> out;
    const SenderPolicy* sender = known_.service(source.source.id);
    const bool dkim = sender == nullptr || sender->aligns_dkim;
    const bool spf = sender == nullptr || sender->aligns_spf;
    if (failures(source, Why::dkim_broken) > 0)
      out.push_back("compare the key of the failing selector with the one that " + source.source.name + " signs with");
    if (dkim && failures(source, Why::dkim_missing) + failures(source, Why::dkim_unaligned) > 0)
      out.push_back("in the settings of " + source.source.name + ", sign with DKIM for " + report_.domain +
                    ", and publish the selectors it names");
    if (spf && failures(source, Why::spf_return_path) > 0)
      out.push_back("or there, use a return path below " + report_.domain);
    if (!spf && failures(source, Why::spf_return_path) > 0)
      out.push_back("leave its SPF: for this vendor it does nothing for DMARC");
    if (spf && failures(source, Why::spf_unlisted) > 0)
      out.push_back("emailauth senders refresh" + std::string(" DIR ") + source.source.id);
    return out;
  }

  void check_legitimate(const SourceReport& source) {
    if (source.volume.pass_percent() >= limits_.least_pass) return;
    Obstacle found{"low-pass", source.source.id,
                   source.source.name + ": " + percent_text(source.volume.pass_percent()) + " pass DMARC, " +
                       percent_text(limits_.least_pass) + " are needed",
                   evidence_of(source),
                   source.source.kind == SourceKind::service ? mend_service(source) : mend_own(source)};
    (source.volume.mails < limits_.few ? out_.notes : out_.obstacles).push_back(std::move(found));
  }

  std::vector<std::string> mend_own(const SourceReport& source) const {
    std::vector<std::string> out;
    if (failures(source, Why::dkim_broken) > 0)
      out.push_back("compare the failing selector's key with the signing server's");
    if (failures(source, Why::dkim_missing) > 0) out.push_back("let these servers sign with DKIM");
    if (failures(source, Why::spf_return_path) > 0)
      out.push_back("let these servers use return paths of " + report_.domain);
    if (failures(source, Why::spf_unlisted) > 0) out.push_back("emailauth records " + report_.domain + " --live");
    return out;
  }

  void check_unnamed_service(const SourceReport& source) {
    std::vector<std::string> evidence = source.source.evidence;
    evidence.push_back("first seen " + to_text(source.first_seen));
    for (std::string& line : evidence_of(source)) evidence.push_back(std::move(line));
    const bool passes = source.volume.pass_percent() >= limits_.least_pass;
    Obstacle found{"unnamed-service",
                   source.source.id,
                   source.source.name + " sends " + mails(source.volume.mails) + " and is not in the policy",
                   std::move(evidence),
                   {command("sender enable " + report_.domain + " " + source.source.id)}};
    if (!passes) {
      for (std::string& line : mend_service(source)) found.todo.push_back(std::move(line));
    }
    (passes || !has_weight(source) ? out_.notes : out_.obstacles).push_back(std::move(found));
  }

  void check_forwarder(const SourceReport& source) {
    if (!has_weight(source) || source.volume.pass_percent() >= limits_.least_pass) return;
    out_.notes.push_back({"forwarder-breaks",
                          source.source.id,
                          source.source.name + " passes on " + mails(source.volume.mails) + ", and " +
                              percent_text(source.volume.pass_percent()) + " pass",
                          evidence_of(source),
                          {"nothing in DNS helps: sign everything, so that DKIM survives"}});
  }

  void check_possible(const SourceReport& source) {
    const bool passes = source.volume.pass_percent() >= limits_.least_pass;
    if (!has_weight(source)) return;
    Obstacle found{"unexplained-sender", source.source.id,
                   source.source.name + " sends " + mails(source.volume.mails) + ", and nobody knows who it is",
                   source.source.evidence, add_addresses(source, 0)};
    for (const NamedVolume& address : source.addresses) {
      if (found.evidence.size() < 6) found.evidence.push_back(address.name + " sent " + mails(address.volume.mails));
    }
    (passes ? out_.notes : out_.obstacles).push_back(std::move(found));
  }

  std::vector<std::string> add_addresses(const SourceReport& source, int least_days) const {
    std::string addresses;
    int count = 0;
    for (const NamedVolume& address : source.addresses) {
      if (address.days < least_days || ++count > 5) continue;
      addresses += " " + address.name;
    }
    return {"if it is yours: " + command("netblock add " + report_.domain + addresses), "if it is not, leave it"};
  }

  // Forged mail comes from ever new addresses; a server that nobody listed stays.
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
    out_.obstacles.push_back({"steady-stranger", source.source.id,
                              "unauthenticated mail comes steadily from the same addresses, as that of a forgotten "
                              "server does",
                              std::move(evidence), add_addresses(source, limits_.steady_days)});
  }

  // A selector that verifies and is not in the policy is switched off when _domainkey is delegated.
  void check_selectors() {
    std::set<std::string> missing;
    const std::string tail = "._domainkey." + report_.domain;
    for (const SourceReport& source : report_.sources) {
      for (const NamedVolume& selector : source.selectors) {
        if (selector.volume.dkim == 0 || !selector.name.ends_with(tail)) continue;
        const std::string name = selector.name.substr(0, selector.name.size() - tail.size());
        const bool known = std::any_of(known_.keys.begin(), known_.keys.end(),
                                       [&](const KnownKey& key) { return key.selector == name; });
        if (!known && Name::parse(name)) missing.insert(name);
      }
    }
    if (missing.empty() || !state_.known) return;
    Obstacle found{"selector-not-in-policy", "", "selectors are in use that the policy does not hold", {}, {}};
    std::string options;
    for (const std::string& name : missing) {
      found.evidence.push_back(name + tail + " verifies at receivers");
      options += " --selector " + name;
    }
    found.todo = {command("dkim import " + report_.domain + options),
                  "do not delegate _domainkey." + report_.domain + " before"};
    out_.notes.push_back(std::move(found));
  }

  void finish() {
    out_.ready = out_.next && out_.obstacles.empty();
    if (!out_.ready) return;
    switch (*out_.next) {
      case Stage::none: return;
      case Stage::quarantine:
        out_.todo = {command("dmarc set " + report_.domain + " p=quarantine sp=quarantine np=reject")};
        return;
      case Stage::reject:
        out_.todo = {command("dmarc set " + report_.domain + " p=reject sp=reject np=reject")};
        return;
      case Stage::blocked: out_.todo = {command("block " + report_.domain)}; return;
    }
  }

  const AuthenticationReport& report_;
  const KnownSources& known_;
  const PolicyState& state_;
  const AdviceLimits& limits_;
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
  return Adviser(report, known, state, limits).run();
}

}  // namespace emailauth::report
