#include "policy/cli/dns/unbound_resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace emailauth::cli {

using spf::DnsAnswer;
using spf::DnsStatus;
using spf::QueryType;
using Clock = std::chrono::steady_clock;

namespace {

// "12345 13 2 <digest>" (RFC 4034, 5.3).
std::string ds_text(std::string_view rdata) {
  if (rdata.size() < 4) return "";
  std::string out = fmt::format("{} {} {} ", number_of(rdata.substr(0, 2)), number_of(rdata.substr(2, 1)),
                                number_of(rdata.substr(3, 1)));
  for (const char c : rdata.substr(4)) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// The records are those of another name, which a CNAME led to.
bool stands_elsewhere(const ub_result& result, const Name& name) {
  if (result.canonname == nullptr) return false;
  const Result<Name> canonical = Name::parse(result.canonname);
  return canonical && *canonical != name;
}

// "signature expired" of "validation failure <example.com. TXT IN>: signature expired from 192.0.2.53".
std::string reason_in(std::string_view why_bogus) {
  const std::size_t question_end = why_bogus.find(">: ");
  if (question_end != std::string_view::npos) why_bogus.remove_prefix(question_end + 3);
  return std::string(why_bogus.substr(0, why_bogus.find(" from ")));
}

void read_records(const ub_result& result, QueryType type, DnsAnswer& answer) {
  const std::vector<std::string_view> records = rdata_of(result);
  if (type == QueryType::mx) answer.names = exchanges_of(records);
  for (const std::string_view rdata : records) {
    if (type == QueryType::txt) answer.texts.push_back(joined_strings(rdata));
    if (type == QueryType::ptr) {
      if (const Result<Name> name = Name::from_wire(rdata)) answer.names.push_back(*name);
    }
    if (type == QueryType::a || type == QueryType::aaaa) {
      if (const auto address = address_of(rdata)) answer.addresses.push_back(*address);
    }
  }
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

DnsAnswer UnboundResolver::ask(const Name& name, int type,
                               const std::function<void(const ub_result&, DnsAnswer&)>& read) {
  DnsAnswer answer;
  answer.status = DnsStatus::timeout;
  Clock::time_point end = Clock::now() + options_.question_time;
  if (options_.total_time.count() > 0) end = std::min(end, end_);
  if (Clock::now() >= end) return answer;

  UnboundContext::Asked asked{name, type, nullptr, false};
  context_->ask({&asked, 1}, end);
  const ub_result* result = asked.result.get();
  if (asked.failed) answer.status = DnsStatus::servfail;
  if (result == nullptr) return answer;
  answer.status = status_of(*result);
  if (answer.status == DnsStatus::bogus && result->why_bogus != nullptr) answer.why = reason_in(result->why_bogus);
  answer.ttl = static_cast<std::uint32_t>(std::max(result->ttl, 0));
  if (!answer.failed()) read(*result, answer);
  return answer;
}

DnsAnswer UnboundResolver::query(const Name& name, QueryType type) {
  return ask(name, static_cast<int>(type),
             [type](const ub_result& result, DnsAnswer& answer) { read_records(result, type, answer); });
}

DnsAnswer UnboundResolver::records_at(const Name& name, RecordType type) {
  return ask(name, static_cast<int>(type), [&](const ub_result& result, DnsAnswer& answer) {
    if (type != RecordType::cname && stands_elsewhere(result, name)) return;
    for (const std::string_view rdata : rdata_of(result)) {
      if (type == RecordType::ds)
        answer.texts.push_back(ds_text(rdata));
      else if (const Result<Name> target = Name::from_wire(rdata))
        answer.names.push_back(*target);
    }
    std::sort(answer.names.begin(), answer.names.end());
    std::sort(answer.texts.begin(), answer.texts.end());
  });
}

}  // namespace emailauth::cli
