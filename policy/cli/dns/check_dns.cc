#include "policy/cli/dns/check_dns.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/dns/budget.h"

namespace emailauth::cli {

using check::Found;
using check::Question;
using check::RrType;

namespace {

constexpr std::size_t kAtOnce = 48;  // questions in flight: more, and small resolvers drop some

void read_records(const ub_result& result, RrType type, Found& found) {
  const std::vector<std::string_view> records = rdata_of(result);
  switch (type) {
    case RrType::a:
    case RrType::aaaa:
      for (const std::string_view rdata : records) {
        if (const auto address = address_of(rdata)) found.addresses.push_back(*address);
      }
      break;
    case RrType::txt:
    case RrType::spf:
      for (const std::string_view rdata : records) found.texts.push_back(joined_strings(rdata));
      std::sort(found.texts.begin(), found.texts.end());  // servers rotate them
      break;
    case RrType::mx: found.names = exchanges_of(records); break;
    case RrType::ns:
    case RrType::cname:
    case RrType::ptr:
      for (const std::string_view rdata : records) {
        if (const Result<Name> name = Name::from_wire(rdata)) found.names.push_back(*name);
      }
      std::sort(found.names.begin(), found.names.end());
      break;
  }
}

Found found_in(const UnboundContext::Asked& asked, RrType type, bool validating) {
  Found found;
  found.owner = asked.name;
  const ub_result* result = asked.result.get();
  if (result == nullptr) {
    found.status = asked.failed ? spf::DnsStatus::servfail : spf::DnsStatus::timeout;
    return found;
  }
  found.status = status_of(*result);
  if (validating) {
    found.validation = result->bogus != 0    ? check::Validation::bogus
                       : result->secure != 0 ? check::Validation::secure
                                             : check::Validation::insecure;
  }
  if (result->bogus != 0 && result->why_bogus != nullptr) found.why = result->why_bogus;
  if (found.failed()) return found;
  if (result->canonname != nullptr) {
    if (const Result<Name> owner = Name::parse(result->canonname)) found.owner = *owner;
  }
  // NS of another name says nothing about this one.
  if (type == RrType::ns && found.owner != asked.name) return found;
  read_records(*result, type, found);
  return found;
}

std::size_t octets_of(const Found& found) {
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

const Found& CheckDns::ask(const Question& question) {
  const auto known = known_.find(question);
  if (known != known_.end()) return known->second;
  expect({&question, 1});
  return known_.at(question);
}

void CheckDns::expect(std::span<const Question> questions) {
  std::vector<Question> unknown;
  for (const Question& question : questions) {
    const bool twice = std::find(unknown.begin(), unknown.end(), question) != unknown.end();
    if (!twice && known_.find(question) == known_.end()) unknown.push_back(question);
  }
  for (std::size_t begin = 0; begin < unknown.size(); begin += kAtOnce) {
    if (known_.size() >= check::kMostQuestions || octets_ >= check::kMostOctets) return refuse(unknown, begin);
    std::vector<UnboundContext::Asked> asked;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, unknown.size()); ++i)
      asked.push_back({unknown[i].name, static_cast<int>(unknown[i].type), nullptr, false});
    context_->ask(asked, std::min(end_, UnboundContext::Clock::now() + options_.question_time));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const Question& question = unknown[begin + i];
      const auto kept = known_.emplace(question, found_in(asked[i], question.type, !options_.trust_anchor.empty()));
      octets_ += octets_of(kept.first->second);
    }
  }
}

void CheckDns::refuse(std::span<const Question> questions, std::size_t begin) {
  for (const Question& question : questions.subspan(begin)) {
    Found found;
    found.owner = question.name;
    found.status = spf::DnsStatus::servfail;
    found.why = fmt::format("not asked, because there are more names and answers than are read ({} questions, {} MiB)",
                            check::kMostQuestions, check::kMostOctets >> 20U);
    known_.emplace(question, std::move(found));
  }
}

}  // namespace emailauth::cli
