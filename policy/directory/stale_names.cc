#include "policy/directory/stale_names.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace emailauth {

namespace {

void add_within(std::vector<Name>& list, std::size_t most, const Name& name, StaleNames& stale) {
  if (stale.everything) return;
  if (list.size() < most) return list.push_back(name);
  stale = StaleNames();
  stale.everything = true;
}

}  // namespace

void StaleNames::add_name(const Name& name) { add_within(names, kMostNames, name, *this); }

void StaleNames::add_tree(const Name& name) { add_within(trees, kMostTrees, name, *this); }

void RemovalSchedule::add_each(const std::vector<Name>& names, bool tree, Time now) {
  for (const Name& name : names) names_.insert_or_assign({name, tree}, Removal{now, 0});
}

void RemovalSchedule::add(const StaleNames& stale, Time now) {
  if (!stale.everything) {
    add_each(stale.names, false, now);
    add_each(stale.trees, true, now);
    if (names_.size() <= StaleNames::kMostNames) return;
  }
  names_.clear();
  everything_ = now + kEverythingAgain;
}

StaleNames RemovalSchedule::due(Time now) {
  StaleNames stale;
  if (everything_ && *everything_ <= now) {
    stale.everything = true;
    everything_.reset();
  }
  for (auto at = names_.begin(); at != names_.end();) {
    Removal& removal = at->second;
    if (removal.time() > now) {
      ++at;
      continue;
    }
    const auto& [name, tree] = at->first;
    tree ? stale.add_tree(name) : stale.add_name(name);
    at = ++removal.step == std::size(kAgain) ? names_.erase(at) : std::next(at);
  }
  return stale;
}

std::optional<RemovalSchedule::Time> RemovalSchedule::next() const {
  std::optional<Time> first = everything_;
  for (const auto& [name, removal] : names_) first = first ? std::min(*first, removal.time()) : removal.time();
  return first;
}

}  // namespace emailauth
