// policy/cli/progress.h - One line on standard error that is written over and over.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

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

}  // namespace emailauth::cli
