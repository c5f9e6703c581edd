#include "policy/policy_directory.h"

#include <algorithm>
#include <utility>

#include "policy/identity_check.h"

namespace emailauth {

namespace {

// A conflict is met again each time the units are put together.
void keep_each_once(Diagnostics& diagnostics) {
  Diagnostics once;
  for (Diagnostic& d : diagnostics) {
    if (std::find(once.begin(), once.end(), d) == once.end()) once.push_back(std::move(d));
  }
  diagnostics = std::move(once);
}

}  // namespace

const LoadReport& PolicyDirectory::reload(Day today) {
  const Diagnostics before = report_.diagnostics;
  const std::vector<LoadReport::BrokenFile> broken_before = report_.broken;
  report_.loaded.clear();
  report_.removed.clear();
  report_.dated.clear();
  listing_.clear();
  Listing found;
  bool changed = move_on(today);
  if (list(found)) {
    keep_what_vanished(found);
    changed = drop_removed(found) || changed;
    changed = load_changed(found) || changed;
  }
  if (changed) rebuild();
  collect();
  report_.changed = changed || before != report_.diagnostics || broken_before != report_.broken;
  return report_;
}

// What is in service, last good versions too, knows its dates: no file is read again.
bool PolicyDirectory::move_on(Day today) {
  const Day before = std::exchange(today_, std::max(today_, today));
  for (const auto& [name, file] : files_) {
    if (file.in_service && file.in_service->unit->changes_between(before, today_)) report_.dated.push_back(name);
  }
  return !report_.dated.empty();
}

std::vector<std::string> PolicyDirectory::names_of(PolicyFileKind kind) const {
  std::vector<std::string> out;
  for (const auto& [name, file] : files_) {
    if (file.kind == kind) out.push_back(name);
  }
  return out;
}

void PolicyDirectory::rebuild() {
  if (responder_changed_) compile();
  if (senders_changed_) build_senders();
  senders_changed_ = false;
  if (!responder_) return;
  if (!linker_ || linker_->senders() != senders_ || linker_->static_apex() != responder_->static_apex) {
    linker_.emplace(senders_, responder_->static_apex);
    for (auto& [name, file] : files_) file.linked.reset();
  }
  link();
  assemble();
}

void PolicyDirectory::compile() {
  File& file = files_.at(std::string(kResponderFile));
  file.beside_others.clear();
  auto compiled = compile_responder(*file.responder, file.serial, std::string(kResponderFile), file.beside_others);
  // What stands in the way may be gone with the next change: then it is tried again.
  responder_changed_ = compiled && encloses_what_serves(*compiled, file.beside_others);
  file.rejected = compiled == nullptr || responder_changed_;
  if (!file.rejected) responder_ = std::move(compiled);
}

// A new zone must not take away the answers of domains that are in service.
bool PolicyDirectory::encloses_what_serves(const ResponderUnit& responder, Diagnostics& diagnostics) const {
  for (const auto& [name, file] : files_) {
    if (!file.in_service) continue;
    const DomainUnit& unit = *file.in_service->unit;
    for (const Domain& domain : unit.domains()) {
      const Name* zone = zone_around(responder, unit.name(domain));
      if (zone == nullptr || (responder_ && zone_around(*responder_, unit.name(domain)) != nullptr)) continue;
      diagnostics.push_back({Severity::error, std::string(kResponderFile), 0, "/zones",
                             "the zone " + in_quotes(zone->to_string()) + " would enclose the domain " +
                                 in_quotes(to_presentation(std::string(unit.name(domain)) + '\0')) + " of " + name +
                                 ", which is in service; a responder's zone sends no mail: use another name"});
      return true;
    }
  }
  return false;
}

// Of two files with one sender, the one that is in service stays.
void PolicyDirectory::build_senders() {
  std::vector<SenderTable::Sender> senders;
  std::map<std::string, std::string> places;
  for (const bool served : {true, false}) {
    for (auto& [name, file] : files_) {
      if (!file.sender || file.sender_serves != served) continue;
      file.beside_others.clear();
      const auto [at, is_new] = places.try_emplace(file.sender->id, name);
      file.rejected = !is_new;
      if (is_new) {
        senders.push_back(*file.sender);
      } else {
        file.beside_others.push_back(
            {Severity::error, name, 1, "/sender",
             "the sender " + in_quotes(file.sender->id) + " stands also in " + at->second + "; keep one"});
      }
    }
  }
  for (auto& [name, file] : files_) file.sender_serves = file.sender && !file.rejected;
  senders_ = std::make_shared<SenderTable>(std::move(senders));
}

void PolicyDirectory::link() {
  for (auto& [name, file] : files_) {
    if (!file.domains || file.linked) continue;
    file.beside_others.clear();
    file.linked = link_unit(file.domains, *linker_, file.beside_others);
    file.rejected = !file.linked->complete;
    if (file.rejected && file.in_service) file.linked = file.in_service;
  }
}

// Puts all units together. What is in service comes first: a file that claims a
// domain of another one does not take it away. One that cannot stand beside the
// others is replaced by its last good version; where there is none, its domains
// that are nobody else's are served.
void PolicyDirectory::assemble() {
  struct Choice {
    std::string name;
    std::shared_ptr<const LinkedUnit> unit;
  };
  std::vector<Choice> choices;
  conflicts_.clear();
  std::uint32_t newest = 0;
  for (auto& [name, file] : files_) {
    if (file.linked) choices.push_back({name, file.linked});
    newest = std::max(newest, served_serial(file));
    file.conflict = false;
  }
  serial_ = std::max(newest, serial_ + (report_.removed.empty() && report_.dated.empty() ? 0 : 1));
  const auto serves = [&](const Choice& choice) {
    const auto& now = files_.at(choice.name).in_service;
    return now && now->unit == choice.unit->unit;
  };
  std::stable_partition(choices.begin(), choices.end(),
                        [&](const Choice& choice) { return serves(choice) && !files_.at(choice.name).in_part; });
  std::vector<bool> partial(choices.size(), false);
  while (true) {
    std::vector<std::shared_ptr<const LinkedUnit>> units;
    for (const Choice& choice : choices) units.push_back(choice.unit);
    std::vector<std::size_t> rejected;
    auto snapshot = build_snapshot(responder_, senders_, units, serial_, today_, partial, rejected, conflicts_);
    if (snapshot) {
      const Diagnostics warnings = check_identities(*snapshot);
      conflicts_.insert(conflicts_.end(), warnings.begin(), warnings.end());
      report_.responder = std::make_shared<Responder>(std::move(snapshot));
      break;
    }
    for (const std::size_t i : rejected) {
      File& file = files_.at(choices[i].name);
      file.conflict = true;
      if (file.in_service && !serves(choices[i]))
        choices[i].unit = file.in_service;
      else
        partial[i] = true;
    }
  }
  keep_each_once(conflicts_);
  for (auto& [name, file] : files_) file.in_service = nullptr;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    File& file = files_.at(choices[i].name);
    const bool is_earlier = choices[i].unit->unit != file.domains;  // than what is on disk: it was judged then
    file.serves_good = !partial[i] && (is_earlier ? file.serves_good : choices[i].unit->complete && !file.damaged);
    file.in_service = choices[i].unit;
    file.in_part = partial[i];
  }
}

LoadReport::Serves PolicyDirectory::what_serves(const File& file) const {
  using Serves = LoadReport::Serves;
  switch (file.kind) {
    case PolicyFileKind::responder: return responder_ ? Serves::last_good : Serves::nothing;
    case PolicyFileKind::sender: return file.sender_serves ? Serves::last_good : Serves::nothing;
    case PolicyFileKind::domains: break;
  }
  if (!file.in_service || !report_.responder) return Serves::nothing;
  if (file.serves_good) return Serves::last_good;
  const DomainUnit& unit = *file.in_service->unit;
  const DomainIndex& index = report_.responder->snapshot().domains;
  const bool any = std::any_of(unit.domains().begin(), unit.domains().end(), [&](const Domain& domain) {
    const DomainIndex::Node* node = index.find(unit.name(domain));
    return node != nullptr && node->domain == &domain;
  });
  return any ? Serves::good_parts : Serves::nothing;
}

void PolicyDirectory::collect() {
  report_.dated_ahead = dated_ahead();
  report_.diagnostics = listing_;
  report_.diagnostics.insert(report_.diagnostics.end(), conflicts_.begin(), conflicts_.end());
  report_.broken.clear();
  report_.files = files_.size();
  for (const auto& [name, file] : files_) {
    report_.diagnostics.insert(report_.diagnostics.end(), file.diagnostics.begin(), file.diagnostics.end());
    report_.diagnostics.insert(report_.diagnostics.end(), file.beside_others.begin(), file.beside_others.end());
    if (!file.errors && !file.rejected && !file.conflict) continue;
    report_.broken.push_back({name, what_serves(file), file.signature.modified_ns});
  }
  std::stable_sort(report_.diagnostics.begin(), report_.diagnostics.end(), by_place);
  report_.domains = 0;
  if (report_.responder) {
    for (const auto& unit : report_.responder->snapshot().units) report_.domains += unit->unit->domains().size();
  }
  report_.senders = senders_ ? senders_->senders().size() : 0;
  report_.networks = senders_ ? senders_->network_count() : 0;
}

}  // namespace emailauth
