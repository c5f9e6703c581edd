// policy/cli/dns/check_dns.h - The DNS of `emailauth check`, over the network.
//
// Remembers the answers about one domain, and sends many expected queries at the same time. Bounded per domain: in
// time, as UnboundResolver is, and in queries and octets (policy/dns/budget.h); queries beyond that fail, with the
// reason. One object serves one thread at a time.
#pragma once

#include <map>
#include <memory>

#include "policy/cli/dns/unbound_context.h"
#include "policy/dns/dns.h"

namespace emailauth::cli {

// The time for all queries of a command about one domain.
inline constexpr std::chrono::minutes kDomainTime{1};

class CheckDns : public Dns {
 public:
  static Result<std::unique_ptr<CheckDns>> open(const ResolverOptions& options);

  // Forgets the answers and starts the clock.
  void begin_domain();

  using Dns::ask;
  // The same question gets the same answer until the next begin_domain().
  DnsAnswer ask(const DnsQuestion& question) override;
  void expect(std::span<const DnsQuestion> questions) override;

 private:
  CheckDns(std::unique_ptr<UnboundContext> context, const ResolverOptions& options)
      : context_(std::move(context)), options_(options) {}

  // Answers those from `begin` on without asking.
  void refuse(std::span<const DnsQuestion> questions, std::size_t begin);

  std::unique_ptr<UnboundContext> context_;
  ResolverOptions options_;
  UnboundContext::Clock::time_point end_;
  std::map<DnsQuestion, DnsAnswer> known_;
  std::size_t octets_ = 0;  // of the answers in `known_`
};

}  // namespace emailauth::cli
