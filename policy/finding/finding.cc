#include "policy/finding/finding.h"

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

// Cuts between characters.
void shorten(std::string& text) {
  if (text.size() <= kLongestFinding) return;
  std::size_t end = kLongestFinding;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  text += "…";
}

std::string more_text(std::size_t number) { return "and " + std::to_string(number) + " more of this kind"; }

}  // namespace

std::span<const FindingKind* const> finding_kinds() {
  static const std::vector<const FindingKind*> kinds = every_kind();
  return kinds;
}

void Findings::add(FindingName name, std::string where, std::string what, std::string todo, Excerpt excerpt) {
  const FindingKind& kind = name.kind();
  if (todo.empty()) todo = kind.todo;
  shorten(todo);
  add({{std::move(what), std::string(kind.why), std::move(todo)}, &kind, std::move(where), std::move(excerpt)});
}

void Findings::add(Finding finding) {
  Kept& kept = kept_[finding.kind];
  if (kept.number++ < kMostOfAKind) {
    for (std::string* text : {&finding.where, &finding.what}) shorten(*text);
    all_.push_back(std::move(finding));
    return;
  }
  if (kept.others == 0) {
    kept.others = all_.size();
    const FindingKind& kind = *finding.kind;
    all_.push_back({{"", std::string(kind.why), std::string(kind.todo)}, &kind, std::move(finding.where), {}});
  }
  Finding& others = all_[kept.others];
  others.more += finding.number();
  others.what = more_text(others.more);
}

bool Findings::has(FindingName name) const {
  return std::any_of(all_.begin(), all_.end(), [&](const Finding& finding) { return finding.kind == &name.kind(); });
}

void Findings::sort() {
  std::stable_sort(all_.begin(), all_.end(),
                   [](const Finding& a, const Finding& b) { return a.severity() > b.severity(); });
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].more > 0) kept_[all_[i].kind].others = i;
  }
}

bool Findings::need_action() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Finding& finding) { return finding.severity() != Severity::advice; });
}

}  // namespace emailauth::check
