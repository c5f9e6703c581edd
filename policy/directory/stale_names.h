// policy/directory/stale_names.h - Which names' answers changed, and when caches must forget them.
//
// Owns the bounds of such a list and its schedule. Knows nothing about the caches themselves.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "policy/net/dns_name.h"

namespace emailauth {

// Names whose answers changed. A name may be listed twice.
struct StaleNames {
  std::vector<Name> names;  // the answers for exactly these names
  std::vector<Name> trees;  // the answers for these names and for every name below them
  bool everything = false;  // more than the bounds below; then both lists are empty

  // The most that a list holds. In caches of 100,000 answers PowerDNS takes up to 30 microseconds to look for one name,
  // and up to 25 milliseconds for a tree, which it looks for in each of 2,048 parts: with more, names would be answered
  // from the caches for a second. Then removing everything is quicker.
  static constexpr std::size_t kMostNames = 10000;
  static constexpr std::size_t kMostTrees = 30;

  void add_name(const Name& name);
  void add_tree(const Name& name);
  bool empty() const { return names.empty() && trees.empty() && !everything; }
};

// When answers must be removed from a cache again.
//
// A thread that was in the middle of a question when the policies changed may put its old answer into a cache after the
// removal. So the same names are removed again after each of kAgain, and everything once, after kEverythingAgain. A
// name that changes meanwhile starts anew: the immediate removal for its new change does what the later ones of its old
// change would have done. So nothing is forgotten and nothing piles up, however often policies change. Not thread-safe.
class RemovalSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // After the change. The last one is for a thread that waits for a slow database of a backend after this module.
  static constexpr std::chrono::milliseconds kAgain[] = {
      std::chrono::milliseconds(200), std::chrono::milliseconds(1000), std::chrono::milliseconds(5000)};

  static constexpr std::chrono::milliseconds kEverythingAgain{1000};

  // The caller must remove `stale` now; from now on it is due again at each of its times.
  void add(const StaleNames& stale, Time now);

  // Returns what must be removed again by now, and schedules it for its next time.
  StaleNames due(Time now);

  // Returns when due() will next return names; nullopt if nothing is left.
  std::optional<Time> next() const;

 private:
  struct Removal {
    Time changed;
    std::size_t step = 0;  // index into kAgain
    Time time() const { return changed + kAgain[step]; }
  };
  void add_each(const std::vector<Name>& names, bool tree, Time now);

  std::map<std::pair<Name, bool>, Removal> names_;  // true: a tree
  std::optional<Time> everything_;                  // when everything is due
};

}  // namespace emailauth
