#include "policy/cli/terminal/progress.h"
#include "policy/cli/terminal/shown.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace emailauth::cli {

Progress::Progress(std::size_t total, bool shown, std::chrono::milliseconds after)
    : total_(total), shown_(shown), begin_(std::chrono::steady_clock::now() + after) {}

Progress::~Progress() { clear(); }

void Progress::finished(const std::string& id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++done_;
  if (!shown_ || std::chrono::steady_clock::now() < begin_) return;
  complain("\r\033[K[{}{}] {}", done_, total_ == 0 ? "" : fmt::format("/{}", total_), id);
  std::fflush(stderr);
  visible_ = true;
}

void Progress::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!visible_) return;
  complain("\r\033[K");
  std::fflush(stderr);
  visible_ = false;
}

Busy::Busy(std::string what) : what_(std::move(what)) {
  if (isatty(STDERR_FILENO) != 1) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::unique_lock<std::mutex> lock(mutex_);
    int seconds = 0;
    while (!woken_.wait_for(lock, stop, std::chrono::seconds(1), [&] { return stop.stop_requested(); })) {
      complain("\r\033[K{} … {} s", what_, ++seconds);
      std::fflush(stderr);
    }
    if (seconds > 0) complain("\r\033[K");
  });
}

Busy::~Busy() = default;

}  // namespace emailauth::cli
