// What the files of a directory make together: who has a name, and the snapshot.
#include <algorithm>
#include <tuple>

#include "policy/directory/identity_check.h"
#include "policy/directory/policy_directory.h"

namespace emailauth {

namespace {

bool is_earlier(const Diagnostic& a, const Diagnostic& b) {
  return std::tie(a.file, a.line, a.severity, a.message) < std::tie(b.file, b.line, b.severity, b.message);
}

// Each finding once, and of each file the first: a copy of a large file has the same one for every domain.
Diagnostics first_of_each_file(Diagnostics diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(), is_earlier);
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
  Diagnostics out;
  for (auto begin = diagnostics.begin(); begin != diagnostics.end();) {
    const auto end = std::find_if(begin, diagnostics.end(), [&](const Diagnostic& d) { return d.file != begin->file; });
    const auto shown = begin + std::min<std::ptrdiff_t>(end - begin, kMostDiagnostics);
    out.insert(out.end(), begin, shown);
    if (shown != end) {
      const Severity worst = std::max_element(shown, end, [](const Diagnostic& a, const Diagnostic& b) {
                               return a.severity < b.severity;
                             })->severity;
      out.push_back({worst, begin->file, 0, "",
                     std::to_string(end - shown) + " more in this file are not shown; correct these first"});
    }
    begin = end;
  }
  return out;
}

bool is_same_service(const LinkedUnit& a, const LinkedUnit& b) {
  return a.unit == b.unit && a.senders == b.senders && a.spf == b.spf;
}

// `unit` without what belongs to others: the very one that is in service, where that is the same.
std::shared_ptr<const LinkedUnit> leaving_out(const std::shared_ptr<const LinkedUnit>& unit, const LeftOut& left_out,
                                              const std::shared_ptr<const LinkedUnit>& in_service) {
  if (unit->left_out == left_out) return unit;
  if (in_service && in_service->left_out == left_out && is_same_service(*in_service, *unit)) return in_service;
  auto out = std::make_shared<LinkedUnit>(*unit);
  out->left_out = left_out;
  return out;
}

}  // namespace

// A file that has gone with this reload.
bool PolicyDirectory::is_gone(const std::string& file) const { return gone_.count(file) > 0; }

// True when `file` is the one that has gone, by a new name.
bool PolicyDirectory::is_renamed(const std::string& gone, const std::string& file) const {
  const FileSignature& before = gone_.at(gone);
  const FileSignature& now = files_.at(file).signature;
  return before.device == now.device && before.inode == now.inode && before.modified_ns == now.modified_ns &&
         before.size == now.size;
}

// What is known from the responder that is in service.
Incumbents PolicyDirectory::incumbents() const {
  return {[this](std::string_view name) -> std::optional<NameInService> {
            if (!report_.responder) return std::nullopt;
            const Snapshot& snapshot = report_.responder->snapshot();
            const DomainIndex::Node* node = snapshot.domains.find(name);
            if (node != nullptr && node->domain != nullptr)
              return NameInService{node->unit->file(), node->unit, node->domain,
                                   snapshot.shared.count(std::string(name)) > 0};
            const auto former = former_holders_.find(std::string(name));
            if (former == former_holders_.end()) return std::nullopt;
            return NameInService{former->second, nullptr, nullptr, false};
          },
          [this](std::string_view name, const std::string& file) {
            const auto holder = holders_.find(std::string(name));
            return holder != holders_.end() && is_gone(holder->second) && !is_renamed(holder->second, file);
          }};
}

// Puts all units together, and into service.
void PolicyDirectory::assemble() {
  conflicts_.clear();
  std::vector<Choice> choices = choose_units();
  remember(settle(choices));
  const Diagnostics warnings = check_identities(report_.responder->snapshot());
  conflicts_.insert(conflicts_.end(), warnings.begin(), warnings.end());
  warn_of_kept_zones();
  conflicts_ = first_of_each_file(std::move(conflicts_));
  serve(std::move(choices));
}

// Of each file the version to begin with: the last that could be bound to the senders.
std::vector<PolicyDirectory::Choice> PolicyDirectory::choose_units() {
  std::vector<Choice> choices;
  for (auto& [name, file] : files_) {
    file.faults.in_names = false;
    if (file.domains.linked) choices.push_back({&file, leaving_out(file.domains.linked, {}, file.domains.in_service)});
  }
  return choices;
}

SnapshotParts PolicyDirectory::parts_beside_units() {
  std::uint32_t newest = 0;
  for (const auto& [name, file] : files_) newest = std::max(newest, served_serial(file));
  serial_ = std::max(newest, serial_ + (report_.removed.empty() && report_.dated.empty() ? 0 : 1));
  SnapshotParts parts;
  parts.responder = responder_;
  parts.senders = senders_;
  parts.serial = serial_;
  parts.today = today_;
  if (report_.responder) parts.before = report_.responder->shared_snapshot();
  for (const auto& [name, holder] : holders_) {
    if (is_gone(holder)) parts.watched.insert(name);
  }
  return parts;
}

// Puts the units together, and the responder into the report. A file that does not get every name that it claims is
// replaced by its last good version; where there is none, its other domains are served. Returns who holds what others
// claim.
PolicyDirectory::Holders PolicyDirectory::settle(std::vector<Choice>& choices) {
  SnapshotParts parts = parts_beside_units();
  Holders holders;
  // This ends: a round that fails either takes at least one file back to what it has in service, which no round undoes,
  // or settles every name that is contested and leaves out every domain that is enclosed, and then nothing is in the
  // way.
  while (true) {
    parts.units.clear();
    for (const Choice& choice : choices) parts.units.push_back(choice.unit);
    SnapshotResult result = build_snapshot(parts);
    if (result.snapshot) {
      report_.responder = std::make_shared<Responder>(std::move(result.snapshot));
      return holders;
    }
    replace_or_leave_out(result.rejected, choices, parts, holders);
  }
}

void PolicyDirectory::remember(Holders holders) {
  former_holders_.clear();
  for (const auto& [name, holder] : holders_) {
    if (is_gone(holder)) former_holders_.emplace(name, holder);
  }
  holders_ = std::move(holders);
}

void PolicyDirectory::serve(std::vector<Choice> choices) {
  for (auto& [name, file] : files_) file.domains.in_service = nullptr;
  for (Choice& choice : choices) {
    DomainVersions& domains = choice.file->domains;
    const bool is_earlier = choice.unit->unit != domains.taken;  // it was judged when it was taken
    const FileState state = is_earlier              ? domains.served_state
                            : choice.unit->complete ? domains.taken_state
                                                    : FileState::good_parts;
    domains.served_state = choice.unit->left_out.empty() ? state : FileState::good_parts;
    domains.in_service = std::move(choice.unit);
  }
}

// Decides about what was found; then the units are put together again.
void PolicyDirectory::replace_or_leave_out(const SnapshotConflicts& conflicts, std::vector<Choice>& choices,
                                           SnapshotParts& parts, Holders& holders) {
  NameContest::Result result = conflicts.contest.settle(incumbents());
  conflicts_.insert(conflicts_.end(), result.diagnostics.begin(), result.diagnostics.end());
  for (const EnclosedDomain& enclosed : conflicts.enclosed) {
    conflicts_.push_back(enclosed.diagnostic);
    leave_out_object(*choices[enclosed.unit].unit->unit, *enclosed.domain, result.left_out[enclosed.unit]);
  }
  holders.merge(result.holders);
  bool replaced = false;
  for (const auto& [i, left_out] : result.left_out) {
    Choice& choice = choices[i];
    choice.file->faults.in_names = true;
    if (!choice.file->domains.in_service || choice.file->domains.in_service->unit == choice.unit->unit) continue;
    choice.unit = choice.file->domains.in_service;
    replaced = true;
  }
  // Another version brings other conflicts, and may end these.
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto left_out = result.left_out.find(i);
    const bool leaves = !replaced && left_out != result.left_out.end();
    choices[i].unit =
        leaving_out(choices[i].unit, leaves ? left_out->second : LeftOut(), choices[i].file->domains.in_service);
  }
  if (replaced) return;
  parts.shared = std::move(result.shared);
  parts.settled = conflicts.contest.names();
}

// A zone whose records are gone from the policy stays as long as the server runs. What happens then has to be said.
void PolicyDirectory::warn_of_kept_zones() {
  const Snapshot& snapshot = report_.responder->snapshot();
  for (const auto& [labels, zones] : snapshot.kept_zones) {
    const DomainIndex::Node& node = *snapshot.domains.find(labels);
    std::string apexes;
    std::string keys;
    for (const HostedFamily family : kHostedFamilies) {
      if (!zones.has(family)) continue;
      apexes += (apexes.empty() ? "" : ", ") + std::string(to_text(family));
      keys += (keys.empty() ? "" : ", ") + in_quotes(key_of(family));
    }
    const std::string domain = to_presentation(labels + '\0');
    conflicts_.push_back({Severity::warning, node.unit->file(), node.domain->line, "",
                          in_quotes(domain) + " has no records of " + apexes +
                              " any more; these zones stay, empty, only until the server restarts: "
                              "write \"delegated\": [" +
                              keys +
                              "] as long as its owner delegates them, or "
                              "\"delegated\": [] to end them now"});
  }
}

}  // namespace emailauth
