// backend/key_memory.h - What this process remembers about a key database.
//
// Owns the answer to "was this zone signed?" for times when the database cannot be read: a zone that was signed is
// never answered unsigned, a zone that was not is answered as before. One instance per path and process. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "policy/sqlite/sqlite.h"

namespace emailauth::pdns {

class KeyMemory {
 public:
  static std::shared_ptr<KeyMemory> of(const std::string& path);

  // Records that the file existed. From then on, a missing file is a failure.
  void saw_file();
  bool has_seen_file() const;

  // Returns true if the signed zones should be listed now: another program has
  // changed the database, and they were not listed just before.
  bool wants_list(bool changed);
  void remember(std::unordered_set<std::string> signed_zones);
  void remember(const std::string& zone, bool is_signed);

  // Returns false if the zone was signed, or if no list was ever read.
  bool is_known_unsigned(const std::string& zone) const;

  // Keeps a failure for a second, so that a broken disk or a lock is not tried again for every question.
  void remember(const sqlite::Failure& failure);
  std::optional<sqlite::Failure> recent_failure() const;

  // Returns true if `text` should be logged: the same text is logged at most once per minute.
  bool wants_log(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  mutable std::mutex mutex_;
  bool file_seen_ = false;
  bool list_known_ = false;
  bool list_wanted_ = true;
  Clock::time_point listed_;
  std::unordered_set<std::string> signed_;
  std::optional<sqlite::Failure> failure_;
  Clock::time_point failed_;
  std::string logged_text_;
  Clock::time_point logged_;
};

}  // namespace emailauth::pdns
