#include "policy/cli/dns/unbound_resolver.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace emailauth::cli {

using Clock = std::chrono::steady_clock;

namespace {

// "signature expired" of "validation failure <example.com. TXT IN>: signature expired from 192.0.2.53".
std::string reason_in(std::string_view why_bogus) {
  const std::size_t question_end = why_bogus.find(">: ");
  if (question_end != std::string_view::npos) why_bogus.remove_prefix(question_end + 3);
  return std::string(why_bogus.substr(0, why_bogus.find(" from ")));
}

}  // namespace

UnboundResolver::UnboundResolver(std::unique_ptr<UnboundContext> context, const ResolverOptions& options)
    : context_(std::move(context)), options_(options), end_(Clock::now() + options.total_time) {}

UnboundResolver::~UnboundResolver() = default;

Result<std::unique_ptr<UnboundResolver>> UnboundResolver::open(const ResolverOptions& options) {
  auto context = UnboundContext::open(options);
  if (!context) return context.error();
  return std::unique_ptr<UnboundResolver>(new UnboundResolver(std::move(*context), options));
}

DnsAnswer UnboundResolver::ask(const DnsQuestion& question) {
  UnboundContext::Asked asked{question, nullptr, false};
  Clock::time_point end = Clock::now() + options_.question_time;
  if (options_.total_time.count() > 0) end = std::min(end, end_);
  if (Clock::now() < end) context_->ask({&asked, 1}, end);
  DnsAnswer answer = answer_in(asked, options_);
  answer.why = reason_in(answer.why);
  return answer;
}

}  // namespace emailauth::cli
