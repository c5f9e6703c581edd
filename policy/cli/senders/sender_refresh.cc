#include "policy/cli/senders/sender_refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "policy/base/count.h"
#include "policy/cli/terminal/progress.h"
#include "policy/spf/flatten.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cli {

namespace {

constexpr std::size_t kMostWarnings = 5;  // of one sender; the others are counted

// Returns one line, whatever the vendor has published: the vendor's words are cut, never what to do.
std::string line_of(const spf::Finding& finding) {
  constexpr std::size_t kLongestPart = 100;
  constexpr std::size_t kLongestText = 1000;
  std::string out;
  if (!finding.domain.empty()) out += spf::visible_text(finding.domain, kLongestPart) + ": ";
  if (!finding.term.empty()) out += spf::visible_text(finding.term, kLongestPart) + ": ";
  return out + spf::visible_text(finding.text, kLongestText);
}

// The first error decides: the owner must know it.
std::string first_error(const spf::Flattened& flattened) {
  for (const spf::Finding& finding : flattened.findings) {
    if (finding.severity == spf::Severity::error) return line_of(finding);
  }
  return "";
}

std::vector<std::string> warnings_of(const spf::Flattened& flattened) {
  std::vector<std::string> out;
  std::size_t more = 0;
  for (const spf::Finding& finding : flattened.findings) {
    if (finding.severity != spf::Severity::warning) continue;
    if (out.size() < kMostWarnings)
      out.push_back("warning: " + line_of(finding));
    else
      ++more;
  }
  if (more > 0) out.push_back("warning: " + count_of(more, "more term") + " like these");
  return out;
}

// Looks up what the sender publishes now, with a resolver that remembers nothing. The error is one line.
Result<spf::Flattened> look(const SenderFile& file, const RefreshOptions& options) {
  const auto resolver = UnboundResolver::open(options.resolver);
  if (!resolver) return resolver.error();
  spf::FlattenOptions limits;
  limits.allow_wide = file.policy.allow_wide;
  spf::Flattened flattened = spf::flatten(**resolver, file.policy.spf, limits);
  if (!flattened.usable()) return Error{first_error(flattened)};
  if (flattened.addresses.empty() && flattened.passthrough.empty())
    return Error{"its terms authorise no address; check \"spf\" in the file, or ask the vendor"};
  return flattened;
}

// Returns how two looks at the same terms differ: "" if they do not.
std::string difference(const SenderResolution& first, const SenderResolution& second) {
  SenderPolicy as_policy;
  as_policy.networks = first.networks;
  as_policy.passthrough = first.passthrough;
  const SenderChange change = change_between(as_policy, second);
  if (!change.added.empty()) return change.added[0].to_string();
  if (!change.removed.empty()) return change.removed[0].to_string();
  if (!change.added_terms.empty()) return printable(change.added_terms[0]);
  return change.removed_terms.empty() ? "" : printable(change.removed_terms[0]);
}

// Networks that would change are looked up twice: answers that differ from one
// query to the next would move networks in and out with every refresh.
Refreshed ask_one(const SenderFile& file, const RefreshOptions& options) {
  Refreshed out;
  out.file = &file;
  const auto first = look(file, options);
  if (!first) {
    out.failure = first.error().message;
    return out;
  }
  SenderResolution found = resolution_of(*first, options.now);
  out.change = change_between(file.policy, found);
  if (!out.change.empty()) {
    const auto second = look(file, options);
    const std::string moved = second ? difference(found, resolution_of(*second, options.now)) : second.error().message;
    if (!moved.empty()) {
      out.failure = second ? fmt::format(
                                 "its answers change from one query to the next ({} is in only one of them)"
                                 "; try again later, or write its networks as \"ip4:\" and \"ip6:\" terms",
                                 moved)
                           : moved;
      return out;
    }
  }
  out.warnings = warnings_of(*first);
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
