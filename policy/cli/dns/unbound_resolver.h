// policy/cli/dns/unbound_resolver.h - Dns over the network, through libunbound, for commands that want fresh answers.
//
// Owns one libunbound context: its cache, its trust anchor, its clock. Bounded in time: a question gets
// `question_time`, all of them together `total_time`; an answer that comes too late is DnsStatus::timeout. One object
// serves one thread at a time.
#pragma once

#include <chrono>
#include <memory>

#include "policy/base/result.h"
#include "policy/cli/dns/unbound_context.h"
#include "policy/dns/dns.h"

namespace emailauth::cli {

class UnboundResolver : public Dns {
 public:
  // The error names the option that libunbound did not accept.
  static Result<std::unique_ptr<UnboundResolver>> open(const ResolverOptions& options);
  ~UnboundResolver() override;
  UnboundResolver(const UnboundResolver&) = delete;
  UnboundResolver& operator=(const UnboundResolver&) = delete;

  // The same question is asked again, unless libunbound still knows the answer. DnsStatus::bogus needs a trust anchor.
  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override;

 private:
  UnboundResolver(std::unique_ptr<UnboundContext> context, const ResolverOptions& options);

  std::unique_ptr<UnboundContext> context_;
  ResolverOptions options_;
  std::chrono::steady_clock::time_point end_;
};

}  // namespace emailauth::cli
