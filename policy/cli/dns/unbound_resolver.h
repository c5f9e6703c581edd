// policy/cli/dns/unbound_resolver.h - Resolver over the network, through libunbound.
//
// Owns one libunbound context: its cache, its trust anchor, its clock. Bounded in
// time: a question gets `question_time`, all of them together `total_time`; what
// comes too late is DnsStatus::timeout. One object serves one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "policy/answer/responder.h"
#include "policy/base/result.h"
#include "policy/cli/dns/unbound_context.h"
#include "policy/spf/resolver.h"

namespace emailauth::cli {

class UnboundResolver : public spf::Resolver {
 public:
  // The error names the option that libunbound did not take.
  static Result<std::unique_ptr<UnboundResolver>> open(const ResolverOptions& options);
  ~UnboundResolver() override;
  UnboundResolver(const UnboundResolver&) = delete;
  UnboundResolver& operator=(const UnboundResolver&) = delete;

  // Only when validating is there DnsStatus::bogus.
  spf::DnsAnswer query(const Name& name, spf::QueryType type) override;

  // NS, CNAME (as names) and DS (as texts) of `name` itself, sorted: no CNAME is followed.
  spf::DnsAnswer records_at(const Name& name, RecordType type);

 private:
  UnboundResolver(std::unique_ptr<UnboundContext> context, const ResolverOptions& options);
  spf::DnsAnswer ask(const Name& name, int type, const std::function<void(const ub_result&, spf::DnsAnswer&)>& read);

  std::unique_ptr<UnboundContext> context_;
  ResolverOptions options_;
  std::chrono::steady_clock::time_point end_;
};

}  // namespace emailauth::cli
