// policy/cli/terminal/progress.h - One line on standard error that is written over and over.
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
  // Shown from `after` on, when `shown`; gone with the object. May be used by many threads.
  // A `total` of 0: nobody knows how many there are.
  Progress(std::size_t total, bool shown, std::chrono::milliseconds after = std::chrono::milliseconds(0));
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // "[3/9] id", "[3] id"
  void finished(const std::string& id);

  // Takes the line away, so that something else can be printed.
  void clear();

 private:
  std::mutex mutex_;
  std::size_t done_ = 0;
  const std::size_t total_;
  const bool shown_;
  bool visible_ = false;
  const std::chrono::steady_clock::time_point begin_;
};

// "<what> … 3 s" on standard error from the second second on, where a person looks; gone with the
// object. For work that cannot say how far it is.
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
  std::jthread thread_;  // last: it uses the others
};

}  // namespace emailauth::cli
