// backend/cache_removal.h - Removes answers that are no longer true from PowerDNS' caches.
//
// Owns the thread that repeats the removal a moment later (policy/directory/stale_names.h says why). Keeps the answers
// of other zones: removes names, and never a whole cache unless there are too many names. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "policy/directory/stale_names.h"

namespace emailauth::pdns {

class CacheRemoval {
 public:
  CacheRemoval();
  ~CacheRemoval();
  CacheRemoval(const CacheRemoval&) = delete;
  CacheRemoval& operator=(const CacheRemoval&) = delete;

  // When this returns, no answer for these names is in the packet cache or the query cache, except answers that a
  // thread adds late; later removals take these.
  void remove(const StaleNames& stale);

 private:
  void run();

  std::mutex mutex_;  // guards the next three
  std::condition_variable changed_;
  RemovalSchedule schedule_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses all others
};

}  // namespace emailauth::pdns
