// policy/cli/terminal/progress.h - One line on standard error that is rewritten in place.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace emailauth::cli {

class Progress {
 public:
  // Shown from `after` on, if `shown`; removed with the object. Many threads may use it.
  // A `total` of 0 means that the number is unknown.
  Progress(std::size_t total, bool shown, std::chrono::milliseconds after = std::chrono::milliseconds(0));
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows "[3/9] id", or "[3] id".
  void finished(const std::string& id);

  // Removes the line, so that something else can be printed.
  void clear();

 private:
  std::mutex mutex_;
  std::size_t done_ = 0;
  const std::size_t total_;
  const bool shown_;
  bool visible_ = false;
  const std::chrono::steady_clock::time_point begin_;
};

// Shows "<what> … 3 s" on standard error from the second second on, if a person is watching; removed with the
// object. For work that cannot report its progress.
class Busy {
 public:
  explicit Busy(std::string what);
  ~Busy();
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  const std::string what_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::jthread thread_;  // last: it uses the other members
};

}  // namespace emailauth::cli
