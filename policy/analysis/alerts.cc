#include "policy/analysis/alerts.h"

#include <algorithm>
#include <map>
#include <optional>

#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

// How many messages there were on each day of the window, and how many of them passed.
struct Series {
  std::vector<std::uint64_t> mails;
  std::vector<std::uint64_t> good;

  explicit Series(std::size_t days) : mails(days), good(days) {}

  // Returns the percentage of good ones in [begin, end); nullopt if there are fewer than `few` messages.
  std::optional<double> rate(std::size_t begin, std::size_t end, std::uint64_t few) const {
    std::uint64_t all = 0;
    std::uint64_t passed = 0;
    for (std::size_t i = begin; i < end; ++i) {
      all += mails[i];
      passed += good[i];
    }
    if (all < few) return std::nullopt;
    return 100.0 * static_cast<double>(passed) / static_cast<double>(all);
  }
  std::uint64_t sum(std::size_t begin, std::size_t end) const {
    std::uint64_t out = 0;
    for (std::size_t i = begin; i < end; ++i) out += mails[i];
    return out;
  }
};

// Compares the recent days of a domain with the days before.
class RecentChanges {
 public:
  RecentChanges(const History& history, const KnownSources& known, const AlertLimits& limits,
                const std::set<std::string>& told, Day last)
      : history_(history),
        known_(known),
        limits_(limits),
        told_(told),
        last_(last),
        first_(last - Days(limits.base_days + limits.recent_days - 1)),
        days_(static_cast<std::size_t>(limits.base_days + limits.recent_days)),
        recent_(static_cast<std::size_t>(limits.base_days)) {}

  std::vector<Alert> run() {
    Filter filter;
    filter.since = first_;
    filter.until = last_;
    report_ = authentication_report(history_, known_, filter);
    if (report_.first_stored > first_ + Days(limits_.base_days)) return {};  // nothing to compare with
    count();
    for (const SourceReport& source : report_.sources) {
      look_for_new(source);
      look_for_fall(source);
      look_for_wave(source);
    }
    look_at_selectors();
    look_at_receivers();
    look_at_policy();
    return std::move(out_);
  }

 private:
  // The days of the window have numbers.
  std::size_t index_of(Day day) const { return static_cast<std::size_t>((day - first_).count()); }
  Day day_at(std::size_t index) const { return first_ + Days(static_cast<int>(index)); }

  void count() {
    OrganizationalDomains organizations;
    std::vector<std::vector<std::pair<std::string, bool>>> selectors(history_.flows.size());
    for (std::size_t i = 0; i < history_.flows.size(); ++i) {
      for (const Signature& one : history_.flows[i].signatures) {
        if (!one.selector.empty() && organizations.aligned(one.domain, known_.domain))
          selectors[i].emplace_back(one.selector + "._domainkey." + one.domain, one.result == AuthResult::pass);
      }
    }
    for (const Fact& fact : history_.facts) {
      if (fact.day < first_ || fact.day > last_) continue;
      const auto day = index_of(fact.day);
      receivers_.try_emplace(fact.receiver, days_).first->second.mails[day] += fact.count;
      for (const auto& [selector, verified] : selectors[fact.flow]) {
        Series& series = selectors_.try_emplace(selector, days_).first->second;
        series.mails[day] += fact.count;
        if (verified) series.good[day] += fact.count;
      }
    }
  }

  Series series_of(const SourceReport& source) const {
    Series out(days_);
    for (const DayVolume& day : source.days) {
      const auto at = index_of(day.day);
      out.mails[at] = day.volume.mails;
      out.good[at] = day.volume.passed;
    }
    return out;
  }

  // Counts the mail of all but forgers, from a day on.
  std::uint64_t own_mail(Day since) const {
    std::uint64_t out = 0;
    for (const SourceReport& source : report_.sources) {
      if (source.source.kind == SourceKind::unknown) continue;
      for (const DayVolume& day : source.days) out += day.day >= since ? day.volume.mails : 0;
    }
    return out;
  }

  bool was_told(const char* kind, const std::string& about) const {
    return told_.contains(key_of({{}, kind, about, {}}));
  }

  void add(std::string kind, std::string about, Day since, std::string what) {
    out_.push_back({{std::move(what), "", {}}, std::move(kind), std::move(about), since});
  }

  void look_for_new(const SourceReport& source) {
    const bool recent = source.first_seen > last_ - Days(limits_.recent_days) &&
                        source.first_seen >= report_.first_stored + Days(kNewAfter);
    const bool stranger =
        source.source.kind == SourceKind::possible || (source.source.kind == SourceKind::service && !source.enabled);
    if (!recent || source.source.kind == SourceKind::unknown || source.source.kind == SourceKind::forwarder) return;
    const std::uint64_t mails = source.volume.mails;
    if (mails < limits_.few) return;
    if (stranger &&
        static_cast<double>(mails) * 100 < limits_.weight * static_cast<double>(own_mail(source.first_seen)))
      return;
    add("new-sender", source.source.id, source.first_seen,
        source.source.name + " began to send as " + known_.domain + ": " + std::to_string(mails) + " messages, " +
            percent_text(source.volume.pass_percent()) + " pass" +
            (stranger ? ", and the policy does not name it" : ""));
  }

  // Returns the first day of the last run of bad days; days without mail do not end it.
  Day begin_of_run(const Series& series, double bad_below) const {
    Day out = last_;
    for (std::size_t day = days_; day-- > 0;) {
      const auto rate = series.rate(day, day + 1, 1);
      if (!rate) continue;
      if (*rate >= bad_below) break;
      out = day_at(day);
    }
    return out;
  }

  void look_for_fall(const SourceReport& source) {
    if (!source.is_legitimate()) return;
    const Series series = series_of(source);
    const auto before = series.rate(0, recent_, limits_.few);
    const auto now = series.rate(recent_, days_, limits_.few);
    if (!before || !now || *now >= limits_.least_pass) return;
    if (*before - *now < limits_.drop && !was_told("falling-pass", source.source.id)) return;
    add("falling-pass", source.source.id, begin_of_run(series, limits_.least_pass),
        source.source.name + ": " + percent_text(*now) + " pass DMARC in the last " +
            std::to_string(limits_.recent_days) + " days, " + percent_text(*before) + " did before");
  }

  void look_for_wave(const SourceReport& source) {
    if (source.source.kind != SourceKind::unknown) return;
    const Series series = series_of(source);
    const std::uint64_t usual = median(series, recent_);
    for (std::size_t day = recent_; day < days_; ++day) {
      const std::uint64_t mails = series.mails[day];
      if (mails < limits_.wave_mails || mails < static_cast<std::uint64_t>(limits_.wave_factor) * (usual + 1)) continue;
      add("spoofing-wave", known_.domain, day_at(day),
          std::to_string(mails) + " unauthenticated messages on " + to_string(day_at(day)) + "; the usual number is " +
              std::to_string(usual) + " a day");
      return;
    }
  }

  static std::uint64_t median(const Series& series, std::size_t end) {
    std::vector<std::uint64_t> mails(series.mails.begin(), series.mails.begin() + static_cast<std::ptrdiff_t>(end));
    std::nth_element(mails.begin(), mails.begin() + static_cast<std::ptrdiff_t>(end / 2), mails.end());
    return mails[end / 2];
  }

  void look_at_selectors() {
    for (const auto& [selector, series] : selectors_) {
      // Forwarders break some signatures: a healthy selector verifies mostly, a broken one hardly ever.
      const auto before = series.rate(0, recent_, limits_.few);
      const std::size_t last = last_day_with_mail(series);
      const auto now = series.rate(last, last + 1, limits_.few);
      if (!before || !now || last < recent_ || *now > limits_.selector_failing) continue;
      if (*before - *now < limits_.drop && !was_told("selector-failing", selector)) continue;
      add("selector-failing", selector, begin_of_run(series, limits_.selector_failing),
          selector + " verifies for " + percent_text(*now) + " of its messages, did for " + percent_text(*before) +
              " before");
    }
  }

  std::size_t last_day_with_mail(const Series& series) const {
    for (std::size_t day = days_; day-- > 0;) {
      if (series.mails[day] >= limits_.few) return day;
    }
    return 0;
  }

  void look_at_receivers() {
    for (const auto& [receiver, series] : receivers_) {
      const auto silent_from = days_ - static_cast<std::size_t>(limits_.silent_days);
      const auto mails = series.mails.begin();
      const auto reported = std::count_if(mails, mails + static_cast<std::ptrdiff_t>(recent_),
                                          [](std::uint64_t count) { return count > 0; });
      const std::string& name = history_.receivers[receiver];
      if (series.sum(silent_from, days_) > 0) continue;
      if (reported * 10 < limits_.base_days * 7 && !was_told("silent-receiver", name)) continue;
      Day since = last_;
      for (std::size_t day = days_; day-- > 0 && series.mails[day] == 0;) since = day_at(day);
      add("silent-receiver", name, since, name + " has sent no report since " + to_string(since - Days(1)));
    }
  }

  void look_at_policy() {
    const auto now = policy_spell(history_, last_);
    if (!now || now->since <= last_ - Days(limits_.recent_days)) return;
    const auto before = policy_spell(history_, now->since - Days(1));
    if (!before || before->p == now->p) return;
    add("policy-changed", known_.domain, now->since,
        "receivers see \"" + now->policy + "\" since " + to_string(now->since) + "; before it was \"" + before->policy +
            "\"");
  }

  const History& history_;
  const KnownSources& known_;
  const AlertLimits& limits_;
  const std::set<std::string>& told_;
  const Day last_;
  const Day first_;
  const std::size_t days_;
  const std::size_t recent_;  // the first of the last days
  AuthenticationReport report_;
  std::map<std::uint32_t, Series> receivers_;
  std::map<std::string, Series> selectors_;
  std::vector<Alert> out_;
};

}  // namespace

std::string key_of(const Alert& alert) { return alert.kind + " " + alert.about; }

std::vector<Alert> alerts_for(const History& history, const KnownSources& known, Day today, const AlertLimits& limits,
                              const std::set<std::string>& told) {
  std::optional<Day> last;
  for (const Fact& fact : history.facts) {
    if (fact.day <= today) last = fact.day;
  }
  if (!last) return {};
  return RecentChanges(history, known, limits, told, *last).run();
}

}  // namespace emailauth::report
