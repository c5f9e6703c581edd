#include "policy/cli/sender_refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "policy/spf/flatten.h"

namespace emailauth::cli {

namespace {

// One line on the terminal that is written over and over.
class Progress {
 public:
  Progress(std::size_t total, bool shown) : total_(total), shown_(shown) {}
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void finished(const std::string& id) {
    if (!shown_) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    fmt::print(stderr, "\r\033[K[{}/{}] {}", ++done_, total_, id);
    std::fflush(stderr);
  }

 private:
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::size_t total_;
  bool shown_;
};

// The first error decides, and is what the owner should know.
std::string first_error(const spf::Flattened& flattened) {
  for (const spf::Finding& finding : flattened.findings) {
    if (finding.severity == spf::Severity::error) return printable(finding.to_string().substr(7));
  }
  return "";
}

Refreshed ask_one(const SenderFile& file, const RefreshOptions& options) {
  Refreshed out;
  out.file = &file;
  const auto resolver = UnboundResolver::open(options.resolver);
  if (!resolver) {
    out.failure = resolver.error().message;
    return out;
  }
  spf::FlattenOptions limits;
  limits.allow_wide = file.policy.allow_wide;
  const spf::Flattened flattened = spf::flatten(**resolver, file.policy.spf, limits);
  for (const spf::Finding& finding : flattened.findings) {
    if (finding.severity == spf::Severity::warning) out.warnings.push_back(printable(finding.to_string()));
  }
  if (!flattened.usable()) {
    out.failure = first_error(flattened);
    return out;
  }
  SenderResolution found = resolution_of(flattened, options.now);
  if (found.networks.empty() && found.passthrough.empty()) {
    out.failure = "its terms pass no address at all; check \"spf\" in the file, or ask the vendor";
    return out;
  }
  out.change = change_between(file.policy, found);
  out.found = std::move(found);
  return out;
}

}  // namespace

std::vector<Refreshed> ask_for_senders(const std::vector<const SenderFile*>& files, const RefreshOptions& options) {
  std::vector<Refreshed> out(files.size());
  std::atomic<std::size_t> next = 0;
  Progress progress(files.size(), options.progress);
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      out[i] = ask_one(*files[i], options);
      progress.finished(files[i]->policy.id);
    }
  };
  std::vector<std::jthread> threads;
  const std::size_t helpers = std::min<std::size_t>(std::max(1U, options.parallel), files.size());
  for (std::size_t i = 0; i < helpers; ++i) threads.emplace_back(work);
  threads.clear();  // waits for all of them
  return out;
}

}  // namespace emailauth::cli
