#include "policy/directory/policy_directory.h"

#include <algorithm>
#include <utility>

namespace emailauth {

const LoadReport& PolicyDirectory::reload(Day today) {
  const Diagnostics before = report_.diagnostics;
  const std::vector<LoadReport::BrokenFile> broken_before = report_.broken;
  report_.loaded.clear();
  report_.removed.clear();
  gone_.clear();
  report_.dated.clear();
  listing_.clear();
  Listing found;
  bool changed = move_on(today);
  if (list(found)) {
    keep_what_vanished(found);
    changed = drop_removed(found) || changed;
    changed = load_changed(found) || changed;
    // Names that wait for a file that was gone are given away, or go back to it.
    senders_changed_ = senders_changed_ || !former_sender_holders_.empty();
    changed = changed || !former_sender_holders_.empty() || !former_holders_.empty();
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
    if (file.domains.in_service && file.domains.in_service->unit->changes_between(before, today_))
      report_.dated.push_back(name);
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
  if (responder_is_new_ || responder_waits_) compile();
  if (std::exchange(senders_changed_, false)) build_senders();
  if (!responder_) return;
  if (!linker_ || linker_->senders() != senders_ || linker_->static_apex() != responder_->static_apex ||
      linker_->dearest_template() != responder_->dearest_template) {
    linker_.emplace(senders_, responder_->static_apex, responder_->dearest_template);
    for (auto& [name, file] : files_) file.domains.linked.reset();
  }
  link();
  assemble();
}

void PolicyDirectory::compile() {
  File& file = files_.at(std::string(kResponderFile));
  file.beside_others.clear();
  auto compiled = compile_responder(*file.responder, file.serial, std::string(kResponderFile), file.beside_others);
  responder_is_new_ = false;
  responder_waits_ = compiled && encloses_what_serves(*compiled, file.beside_others);
  file.faults.beside_others = !compiled || responder_waits_;
  if (!file.faults.beside_others) responder_ = std::move(compiled);
}

// A new zone must not take away the answers of domains that are in service.
bool PolicyDirectory::encloses_what_serves(const ResponderUnit& responder, Diagnostics& diagnostics) const {
  for (const auto& [name, file] : files_) {
    if (!file.domains.in_service) continue;
    const DomainUnit& unit = *file.domains.in_service->unit;
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

void PolicyDirectory::link() {
  for (auto& [name, file] : files_) {
    if (!file.domains.taken || file.domains.linked) continue;
    file.beside_others.clear();
    file.domains.linked = link_unit(file.domains.taken, *linker_, file.beside_others);
    file.faults.beside_others = !file.domains.linked->complete;
    if (file.faults.beside_others && file.domains.in_service) file.domains.linked = file.domains.in_service;
  }
}

LoadReport::Serves PolicyDirectory::what_serves(const File& file) const {
  using Serves = LoadReport::Serves;
  switch (file.kind) {
    case PolicyFileKind::responder: return responder_ ? Serves::last_good : Serves::nothing;
    case PolicyFileKind::sender: return file.sender.in_service ? Serves::last_good : Serves::nothing;
    case PolicyFileKind::domains: break;
  }
  if (!file.domains.in_service || !report_.responder) return Serves::nothing;
  if (file.domains.served_state == FileState::whole) return Serves::last_good;
  const DomainUnit& unit = *file.domains.in_service->unit;
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
    if (!file.faults.any()) continue;
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
