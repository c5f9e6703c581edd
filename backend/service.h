// backend/service.h - The policies in service, shared by all backend instances.
//
// Owns the thread that reloads, the log lines about it, and the removal from PowerDNS'
// caches. One instance per process and launch suffix. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "backend/cache_removal.h"
#include "policy/directory/changes.h"
#include "policy/directory/policy_directory.h"

namespace emailauth::pdns {

class Service {
 public:
  // Returns the service of this launch suffix; the first call loads the directory. `in_server` starts the thread that
  // reloads (pdnsutil has none).
  static std::shared_ptr<Service> of(const std::string& suffix, const std::string& directory, bool in_server);

  Service(std::string directory, bool in_server);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Never returns null; the result changes only when generation() does.
  std::shared_ptr<const Responder> responder() const;
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Looks at the directory now. Returns one line that says what happened. Logs errors at once.
  std::string reload();

  const std::string& directory() const { return path_; }

  struct Status {
    std::size_t files_in_error = 0;
    std::size_t domains = 0;
    std::size_t senders = 0;
    std::size_t networks = 0;
    std::size_t zones = 0;
    std::int64_t loaded_at = 0;  // seconds since 1970
  };
  Status status() const;

  // Logs once per zone that another backend has a zone of the same name, under
  // the id that PowerDNS' list of zones has for it.
  void warn_of_namesake(const std::string& zone, int id);

 private:
  enum class Patience { none, for_fresh_files };
  struct Reloaded {
    std::string line;     // what happened
    bool unripe = false;  // errors of files that may still be written are not logged yet
  };
  Reloaded reload(Patience patience);
  void watch();
  // `told` says that the watch on the directory notices every change except those of linked files.
  std::chrono::milliseconds pause_between_looks(bool told);
  void tell_progress(std::size_t done, std::size_t total);
  // Puts a new responder in service. Returns what is notable about the change.
  std::vector<std::string> publish(const LoadReport& report);
  void tell_caches(const Changes& changes);
  void log(const LoadReport& report, const std::vector<std::string>& notable, Patience patience);
  void log_errors(const LoadReport& report, const std::set<std::string>& unripe);

  const std::string path_;
  const bool in_server_;

  mutable std::mutex responder_mutex_;  // guards the next two
  std::shared_ptr<const Responder> responder_;
  Status status_;
  std::atomic<std::uint64_t> generation_{0};

  std::mutex reload_mutex_;  // guards the next five
  PolicyDirectory directory_;
  std::set<std::string> logged_;                         // what has been logged already
  bool unripe_ = false;                                  // as in Reloaded
  std::chrono::steady_clock::time_point next_progress_;  // when progress is logged next
  std::chrono::nanoseconds look_cost_{0};                // processor time of the last look that found no change

  std::mutex namesakes_mutex_;       // guards the next one
  std::set<std::string> namesakes_;  // zones that have been logged

  // In the server, from the first load on: before that, the caches are empty.
  std::unique_ptr<CacheRemoval> caches_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace emailauth::pdns
