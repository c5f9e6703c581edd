#include "policy/cli/dns/check_dns.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/dns/budget.h"

namespace emailauth::cli {

namespace {

constexpr std::size_t kAtOnce = 48;  // questions in flight: more, and small resolvers drop some

std::size_t octets_of(const DnsAnswer& found) {
  std::size_t out = found.addresses.size() * sizeof(IpAddress);
  for (const Name& name : found.names) out += name.wire().size();
  for (const std::string& text : found.texts) out += text.size();
  return out;
}

}  // namespace

Result<std::unique_ptr<CheckDns>> CheckDns::open(const ResolverOptions& options) {
  auto context = UnboundContext::open(options);
  if (!context) return context.error();
  std::unique_ptr<CheckDns> dns(new CheckDns(std::move(*context), options));
  dns->begin_domain();
  return dns;
}

void CheckDns::begin_domain() {
  known_.clear();
  octets_ = 0;
  end_ = UnboundContext::Clock::now() + options_.total_time;
}

DnsAnswer CheckDns::ask(const DnsQuestion& question) {
  const auto known = known_.find(question);
  if (known != known_.end()) return known->second;
  expect({&question, 1});
  return known_.at(question);
}

void CheckDns::expect(std::span<const DnsQuestion> questions) {
  std::vector<DnsQuestion> unknown;
  for (const DnsQuestion& question : questions) {
    const bool twice = std::find(unknown.begin(), unknown.end(), question) != unknown.end();
    if (!twice && known_.find(question) == known_.end()) unknown.push_back(question);
  }
  for (std::size_t begin = 0; begin < unknown.size(); begin += kAtOnce) {
    if (known_.size() >= kMostQuestions || octets_ >= kMostOctets) return refuse(unknown, begin);
    std::vector<UnboundContext::Asked> asked;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, unknown.size()); ++i)
      asked.push_back({unknown[i], nullptr, false});
    context_->ask(asked, std::min(end_, UnboundContext::Clock::now() + options_.question_time));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const DnsQuestion& question = unknown[begin + i];
      const auto kept = known_.emplace(question, answer_in(asked[i], options_));
      octets_ += octets_of(kept.first->second);
    }
  }
}

void CheckDns::refuse(std::span<const DnsQuestion> questions, std::size_t begin) {
  for (const DnsQuestion& question : questions.subspan(begin)) {
    DnsAnswer found;
    found.owner = question.name;
    found.status = DnsStatus::servfail;
    found.why = fmt::format("not queried, because the limit on names and answers is reached ({} questions, {} MiB)",
                            kMostQuestions, kMostOctets >> 20U);
    known_.emplace(question, std::move(found));
  }
}

}  // namespace emailauth::cli
