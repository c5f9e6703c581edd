#include "policy/cli/progress.h"

#include <fmt/format.h>

#include <cstdio>

namespace emailauth::cli {

Progress::Progress(std::size_t total, bool shown, std::chrono::milliseconds after)
    : total_(total), shown_(shown), begin_(std::chrono::steady_clock::now() + after) {}

Progress::~Progress() { clear(); }

void Progress::finished(const std::string& id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++done_;
  if (!shown_ || std::chrono::steady_clock::now() < begin_) return;
  fmt::print(stderr, "\r\033[K[{}{}] {}", done_, total_ == 0 ? "" : fmt::format("/{}", total_), id);
  std::fflush(stderr);
  visible_ = true;
}

void Progress::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!visible_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  visible_ = false;
}

}  // namespace emailauth::cli
