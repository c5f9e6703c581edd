// policy/cli/unbound_resolver.h - Resolver over the network, through libunbound.
//
// Owns one libunbound context: its cache, its trust anchor, its clock. Bounded in
// time: a question gets `question_time`, all of them together `total_time`; what
// comes too late is DnsStatus::timeout. One object serves one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "policy/responder.h"
#include "policy/result.h"
#include "policy/spf/resolver.h"

struct ub_result;

namespace emailauth::cli {

struct ResolverOptions {
  std::string server;        // "192.0.2.53" or "192.0.2.53:5300", "[2001:db8::53]:5300"; empty: /etc/resolv.conf
  std::string trust_anchor;  // file with the root's keys; empty: do not validate
  std::chrono::milliseconds question_time{5000};
  std::chrono::milliseconds total_time{20000};  // RFC 7208, 4.6.4: at least 20 seconds; 0: no limit
};

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
  struct Context;
  UnboundResolver(std::unique_ptr<Context> context, const ResolverOptions& options);
  spf::DnsAnswer ask(const Name& name, int type, const std::function<void(const ub_result&, spf::DnsAnswer&)>& read);

  std::unique_ptr<Context> context_;
  ResolverOptions options_;
  std::chrono::steady_clock::time_point end_;
};

// "192.0.2.53:5300" in the form libunbound takes: "192.0.2.53@5300".
Result<std::string> server_address(const std::string& text);

}  // namespace emailauth::cli
