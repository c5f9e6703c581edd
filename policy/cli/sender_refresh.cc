#include "policy/cli/sender_refresh.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "policy/cli/progress.h"
#include "policy/spf/flatten.h"

namespace emailauth::cli {

namespace {

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
