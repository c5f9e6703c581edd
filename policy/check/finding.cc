#include "policy/check/finding.h"

#include <algorithm>

namespace emailauth::check {

namespace {

std::vector<const FindingKind*> every_kind() {
  std::vector<const FindingKind*> out;
  const auto add = [&out](const auto& table) {
    for (const FindingKind& kind : table) out.push_back(&kind);
  };
  add(kMailFindings);
  add(kSpfFindings);
  add(kDmarcFindings);
  add(kDkimFindings);
  return out;
}

}  // namespace

std::span<const FindingKind* const> finding_kinds() {
  static const std::vector<const FindingKind*> kinds = every_kind();
  return kinds;
}

void Findings::add(FindingName name, std::string where, std::string what, std::string instead, Excerpt excerpt) {
  const FindingKind& kind = name.kind();
  if (instead.empty()) instead = kind.instead;
  all_.push_back({&kind, std::move(where), std::move(what), std::move(instead), std::move(excerpt)});
}

bool Findings::has(FindingName name) const {
  return std::any_of(all_.begin(), all_.end(), [&](const Finding& finding) { return finding.kind == &name.kind(); });
}

void Findings::sort() {
  std::stable_sort(all_.begin(), all_.end(),
                   [](const Finding& a, const Finding& b) { return a.severity() > b.severity(); });
}

bool Findings::need_action() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Finding& finding) { return finding.severity() != Severity::advice; });
}

}  // namespace emailauth::check
