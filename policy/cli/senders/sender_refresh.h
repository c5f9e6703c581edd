// policy/cli/senders/sender_refresh.h - Looks up what senders publish now, several at a time.
//
// Owns the threads; a sender that fails or hangs does not delay the others.
// Writes no files and prints nothing but progress.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/cli/dns/unbound_resolver.h"
#include "policy/cli/services/sender_files.h"
#include "policy/senders/sender_resolution.h"

namespace emailauth::cli {

struct RefreshOptions {
  ResolverOptions resolver;
  unsigned parallel = 8;  // senders that are looked up at the same time
  std::int64_t now = 0;   // seconds since 1970
  bool progress = false;  // on standard error
};

// The result for one sender: `found`, or `failure` in one line, which says what to do.
struct Refreshed {
  const SenderFile* file = nullptr;
  std::optional<SenderResolution> found;
  std::string failure;
  std::vector<std::string> warnings;
  SenderChange change;
};

// Returns the results in the order of `files`, which must outlive them.
std::vector<Refreshed> ask_for_senders(const std::vector<const SenderFile*>& files, const RefreshOptions& options);

}  // namespace emailauth::cli
