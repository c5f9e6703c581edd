// backend/service.h - The policies in service, shared by all backend instances.
//
// Owns the thread that reloads, the log lines about it and the counters. One a
// process and launch suffix. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "policy/policy_directory.h"

namespace emailauth::pdns {

class Service {
 public:
  // The service of this launch suffix; loads the directory when first called.
  // `in_server`: start the thread that reloads (pdnsutil has none).
  static std::shared_ptr<Service> of(const std::string& suffix, const std::string& directory, bool in_server);

  explicit Service(std::string directory);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Never null; changes only when generation() does.
  std::shared_ptr<const Responder> responder() const;
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Looks at the directory now; one line that says what happened.
  std::string reload();

 private:
  void start_thread();
  void watch();
  void publish(const LoadReport& report);
  void log(const LoadReport& report);

  mutable std::mutex responder_mutex_;
  std::shared_ptr<const Responder> responder_;
  std::atomic<std::uint64_t> generation_{0};

  std::mutex reload_mutex_;
  PolicyDirectory directory_;
  std::set<std::string> logged_;   // diagnostics that the log has already named

  std::mutex thread_mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace emailauth::pdns
