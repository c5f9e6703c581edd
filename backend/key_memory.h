// backend/key_memory.h - What this process remembers of a key database.
//
// Owns the answer to "was this zone signed?" for the time when the database
// cannot be read: a zone that was is never answered unsigned, one that was not
// is answered as before. One a path and process. Thread-safe.
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

  // The file was there. From then on, a file that is missing is a failure.
  void saw_file();
  bool has_seen_file() const;

  // Whether the zones that are signed should be listed now: another program has
  // changed the database, and the last time was not just now.
  bool wants_list(bool changed);
  void remember(std::unordered_set<std::string> signed_zones);
  void remember(const std::string& zone, bool is_signed);

  // False when the zone was signed, or when no list was ever read.
  bool is_known_unsigned(const std::string& zone) const;

  // A failure is kept for a second: a broken disk or a lock is not asked again
  // for every question.
  void remember(const sqlite::Failure& failure);
  std::optional<sqlite::Failure> recent_failure() const;

  // The same text is logged once a minute.
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
