#include "backend/cache_removal.h"

#include <chrono>

#include "backend/convert.h"
#include "backend/pdns_compat.h"

// The server exports these; not every pdnsutil does.
extern uint64_t purgeAuthCaches() __attribute__((weak));
extern uint64_t purgeAuthCaches(const std::string& match) __attribute__((weak));
extern uint64_t purgeAuthCachesExact(const DNSName& qname) __attribute__((weak));

namespace emailauth::pdns {

namespace {

// A final "$" includes every name below.
void remove_tree(const Name& name) { purgeAuthCaches(to_dns_name(name).toString() + "$"); }

void remove_now(const StaleNames& stale) {
  if (static_cast<uint64_t (*)()>(purgeAuthCaches) == nullptr || purgeAuthCachesExact == nullptr) return;
  if (stale.everything) {
    purgeAuthCaches();
    return;
  }
  for (const Name& name : stale.names) purgeAuthCachesExact(to_dns_name(name));
  for (const Name& name : stale.trees) remove_tree(name);
}

}  // namespace

CacheRemoval::CacheRemoval() : thread_([this] { run(); }) {}

CacheRemoval::~CacheRemoval() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void CacheRemoval::remove(const StaleNames& stale) {
  remove_now(stale);
  {
    const std::lock_guard lock(mutex_);
    schedule_.add(stale, std::chrono::steady_clock::now());
  }
  changed_.notify_one();
}

void CacheRemoval::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const std::optional<RemovalSchedule::Time> next = schedule_.next();
    if (!next)
      changed_.wait(lock);
    else
      changed_.wait_until(lock, *next);
    const StaleNames stale = schedule_.due(std::chrono::steady_clock::now());
    if (stale.empty()) continue;
    lock.unlock();
    remove_now(stale);
    lock.lock();
  }
}

}  // namespace emailauth::pdns
