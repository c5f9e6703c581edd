// policy/cli/dns/unbound_context.h - One libunbound context, and the records in its answers.
//
// Owns its cache, its trust anchor and its servers, and decodes records. One
// object serves one thread at a time.
#pragma once

#include <unbound.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/dns/dns.h"

namespace emailauth::cli {

struct ResolverOptions {
  std::string server;  // "192.0.2.53" or "192.0.2.53:5300", "[2001:db8::53]:5300"; empty: /etc/resolv.conf
  std::vector<std::string> more_servers;  // queried too; the quickest answer counts
  bool from_root = false;                 // use no resolver: walk down from the root, as resolvers do
  std::string root_hints;                 // file with the root's servers, for from_root; empty: those built in
  std::string trust_anchor;               // file with the root's keys; empty: do not validate
  std::chrono::milliseconds question_time{5000};
  std::chrono::milliseconds total_time{20000};  // RFC 7208, 4.6.4: at least 20 seconds; 0: no limit
};

class UnboundContext {
 public:
  using Clock = std::chrono::steady_clock;

  struct FreeResult {
    void operator()(ub_result* result) const { ub_resolve_free(result); }
  };

  // A question and its result. Neither a result nor a failure means that no answer came in time.
  struct Asked {
    DnsQuestion question;
    std::unique_ptr<ub_result, FreeResult> result;
    bool failed = false;  // libunbound could not send it
  };

  // The error names the option that libunbound did not accept.
  static Result<std::unique_ptr<UnboundContext>> open(const ResolverOptions& options);
  ~UnboundContext() { ub_ctx_delete(handle_); }
  UnboundContext(const UnboundContext&) = delete;
  UnboundContext& operator=(const UnboundContext&) = delete;

  // Sends all questions at the same time, and returns when they are answered or `end` has come.
  void ask(std::span<Asked> questions, Clock::time_point end);

 private:
  UnboundContext() = default;
  Result<bool> configure(const ResolverOptions& options);
  Result<bool> use_root(const std::string& hints);
  Result<bool> use_server(const std::string& server);

  ub_ctx* handle_ = ub_ctx_create();
};

// Converts "192.0.2.53:5300" into the form that libunbound expects: "192.0.2.53@5300".
Result<std::string> server_address(const std::string& text);

// What became of the question, as Dns::ask() returns it. Texts and names are sorted, because servers rotate them; MX by
// preference. The answer is validated only if `options` name a trust anchor.
DnsAnswer answer_in(const UnboundContext::Asked& asked, const ResolverOptions& options);

}  // namespace emailauth::cli
