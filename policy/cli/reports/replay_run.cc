#include "policy/cli/reports/replay_run.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "policy/base/count.h"
#include "policy/cli/report_database/report_store.h"
#include "policy/cli/reports/show_output.h"
#include "policy/cli/terminal/clock.h"

namespace emailauth::cli {

namespace {

using report::CandidatePolicy;
using report::Disposition;
using report::Replay;

Disposition action_of(DmarcAction action) { return report::parse_disposition(to_text(action)); }

report::Alignment mode_of(const std::optional<char>& mode) {
  return mode == 's' ? report::Alignment::strict : report::Alignment::relaxed;
}

// Tries one domain of an edit on its own mail, or on what the reports of a domain above say about it.
Result<std::optional<Replay>> try_edit(const PolicyEdit& edit, const Name& domain, const std::string& catalogue,
                                       ReportStore& store) {
  std::optional<report::History> history;
  report::Filter filter;
  filter.until = day_of(now());
  filter.since = filter.until - Days(kReplayWindow - 1);
  for (Name at = domain; !at.is_root() && !history; at = at.parent()) {
    Result<std::optional<report::History>> stored = store.history(at.to_string());
    if (!stored) return stored.error();
    history = std::move(*stored);
    if (at != domain) filter.header_from = domain.to_string();
  }
  if (!history) return std::optional<Replay>();
  PolicySources sources{edit.root(), catalogue, {}};
  const Result<DomainKnowledge> today = domain_knowledge(domain, sources);
  if (!today) return today.error();
  for (const FileChange& change : edit.changes()) sources.instead.emplace(change.file, change.after);
  const Result<DomainKnowledge> then = domain_knowledge(domain, sources);
  if (!then) return then.error();
  if (!then->policy) return std::optional<Replay>();
  return std::optional<Replay>(replay(*history, today->known, filter, candidate_of(*then->policy),
                                      policy_today(*today, *history, filter.until)));
}

}  // namespace

CandidatePolicy candidate_of(const DomainPolicy& policy) {
  CandidatePolicy out;
  out.blocked = policy.mode == DomainMode::blocked;
  if (out.blocked) out.action = out.subdomains = Disposition::reject;
  report::KnownSources sources;
  add_policy(policy, sources);
  out.enabled = std::move(sources.enabled);
  out.netblocks = std::move(sources.netblocks);
  out.keys = std::move(sources.keys);
  if (!policy.dmarc || out.blocked) return out;
  out.adkim = mode_of(policy.dmarc->adkim);
  out.aspf = mode_of(policy.dmarc->aspf);
  if (policy.dmarc->testing) return out;
  out.action = action_of(policy.dmarc->p);
  out.subdomains = action_of(policy.dmarc->sp.value_or(policy.dmarc->p));
  return out;
}

CandidatePolicy policy_today(const DomainKnowledge& knowledge, const report::History& history, Day until) {
  if (knowledge.policy && knowledge.policy->dmarc) return candidate_of(*knowledge.policy);
  CandidatePolicy out;
  const auto seen = policy_spell(history, until);
  out.action = out.subdomains = seen ? seen->p : Disposition::none;
  return out;
}

nlohmann::ordered_json json_of(const Replay& replay) {
  nlohmann::ordered_json sources = nlohmann::ordered_json::array();
  for (const report::ReplayedSource& one : replay.sources) {
    sources.push_back({{"kind", to_text(one.source.kind)},
                       {"id", one.source.id},
                       {"name", one.source.name},
                       {"legitimate", one.legitimate},
                       {"messages", one.mails},
                       {"lost", one.lost},
                       {"gained", one.gained},
                       {"refused", one.refused},
                       {"why", one.why}});
  }
  return {{"domain", replay.domain},    {"since", to_string(replay.since)}, {"until", to_string(replay.until)},
          {"now", to_text(replay.now)}, {"then", to_text(replay.then)},     {"sources", std::move(sources)}};
}

Shown lines_of(const report::ReplayedSource& source) {
  Shown out =
      Shown::of("{}: of {} {} {} would no longer pass, {} would begin to, {} would be refused\n",
                printable(source.source.name), grouped(source.mails), word_for(source.mails, "message", "messages"),
                grouped(source.lost), grouped(source.gained), grouped(source.refused));
  for (const std::string& reason : source.why) out += Shown::of("    {}\n", printable(reason));
  return out;
}

Result<std::vector<Replay>> harm_of(const PolicyEdit& edit, const std::vector<Name>& domains,
                                    const std::string& reports, const std::string& catalogue) {
  std::vector<Replay> out;
  std::error_code error;
  if (!std::filesystem::exists(reports, error)) {
    if (error) return Error{reports + ": cannot be examined: " + error.message() + "; name another with --reports"};
    return Error{reports + ": does not exist; name the report database with --reports"};
  }
  Result<ReportStore> store = ReportStore::open(reports, ReportStore::Mode::read);
  if (!store) return store.error();
  for (const Name& domain : domains) {
    Result<std::optional<Replay>> tried = try_edit(edit, domain, catalogue, *store);
    if (!tried) return tried.error();
    if (*tried && (*tried)->harms({})) out.push_back(std::move(**tried));
  }
  if (const std::string damage = store->remarks().damage; !damage.empty()) return Error{damage};
  return out;
}

}  // namespace emailauth::cli
