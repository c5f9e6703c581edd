#include "backend/key_memory.h"

#include <map>

namespace emailauth::pdns {

namespace {

using namespace std::chrono_literals;

// Listing a million signed zones takes a third of a second.
constexpr auto kListInterval = 5s;
constexpr auto kRetryAfter = 1s;
constexpr auto kLogInterval = 1min;

}  // namespace

std::shared_ptr<KeyMemory> KeyMemory::of(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<KeyMemory>> memories;
  const std::lock_guard lock(mutex);
  std::shared_ptr<KeyMemory>& memory = memories[path];
  if (!memory) memory = std::make_shared<KeyMemory>();
  return memory;
}

void KeyMemory::saw_file() {
  const std::lock_guard lock(mutex_);
  file_seen_ = true;
}

bool KeyMemory::has_seen_file() const {
  const std::lock_guard lock(mutex_);
  return file_seen_;
}

bool KeyMemory::wants_list(bool changed) {
  const std::lock_guard lock(mutex_);
  list_wanted_ = list_wanted_ || changed;
  if (!list_wanted_ || (list_known_ && Clock::now() - listed_ < kListInterval)) return false;
  list_wanted_ = false;
  listed_ = Clock::now();
  return true;
}

void KeyMemory::remember(std::unordered_set<std::string> signed_zones) {
  const std::lock_guard lock(mutex_);
  signed_ = std::move(signed_zones);
  list_known_ = true;
}

void KeyMemory::remember(const std::string& zone, bool is_signed) {
  const std::lock_guard lock(mutex_);
  failure_.reset();
  if (is_signed) {
    signed_.insert(zone);
  } else {
    signed_.erase(zone);
  }
}

bool KeyMemory::is_known_unsigned(const std::string& zone) const {
  const std::lock_guard lock(mutex_);
  return list_known_ && signed_.count(zone) == 0;
}

void KeyMemory::remember(const sqlite::Failure& failure) {
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  failed_ = Clock::now();
  list_wanted_ = true;
}

std::optional<sqlite::Failure> KeyMemory::recent_failure() const {
  const std::lock_guard lock(mutex_);
  if (failure_ && Clock::now() - failed_ < kRetryAfter) return failure_;
  return std::nullopt;
}

bool KeyMemory::wants_log(const std::string& text) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (logged_text_ == text && now - logged_ < kLogInterval) return false;
  logged_text_ = text;
  logged_ = now;
  return true;
}

}  // namespace emailauth::pdns
