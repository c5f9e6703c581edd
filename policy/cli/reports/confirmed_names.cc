#include "policy/cli/reports/confirmed_names.h"

#include <algorithm>
#include <vector>

#include "policy/check/mail_check.h"
#include "policy/cli/dns/check_dns.h"

namespace emailauth::cli {

namespace {

constexpr std::size_t kMostAddresses = 500;
constexpr std::size_t kMostNames = 3;  // of one address

// The addresses of forwarders, possible senders and unknown ones, most messages first.
std::vector<IpAddress> strangers_of(const report::History& history, const report::KnownSources& known,
                                    const report::Filter& filter) {
  std::vector<std::uint64_t> mails(history.flows.size());
  for (const report::Fact& fact : history.facts) {
    if (fact.day >= filter.since && fact.day <= filter.until) mails[fact.flow] += fact.count;
  }
  report::SourceIdentifier identifier(known);
  std::map<IpAddress, std::uint64_t> sums;
  for (std::size_t i = 0; i < history.flows.size(); ++i) {
    if (mails[i] == 0) continue;
    const report::SourceKind kind = identifier.identify(history.flows[i]).kind;
    if (kind != report::SourceKind::service && kind != report::SourceKind::internal)
      sums[history.flows[i].source] += mails[i];
  }
  std::vector<std::pair<std::uint64_t, IpAddress>> ranked;
  for (const auto& [address, sum] : sums) ranked.emplace_back(sum, address);
  std::sort(ranked.rbegin(), ranked.rend());
  std::vector<IpAddress> out;
  for (std::size_t i = 0; i < ranked.size() && i < kMostAddresses; ++i) out.push_back(ranked[i].second);
  return out;
}

RecordType forward_type(const IpAddress& address) { return address.is_v4() ? RecordType::a : RecordType::aaaa; }

}  // namespace

Result<std::map<IpAddress, Name>> confirmed_names(const report::History& history, const report::KnownSources& known,
                                                  const report::Filter& filter, const ResolverOptions& resolver) {
  const auto dns = CheckDns::open(resolver);
  if (!dns) return dns.error();
  const std::vector<IpAddress> addresses = strangers_of(history, known, filter);
  std::vector<DnsQuestion> questions;
  for (const IpAddress& address : addresses) questions.push_back({check::reverse_name(address), RecordType::ptr});
  (*dns)->expect(questions);
  std::vector<std::pair<IpAddress, Name>> names;
  std::vector<DnsQuestion> forward;
  for (const IpAddress& address : addresses) {
    const DnsAnswer found = (*dns)->ask({check::reverse_name(address), RecordType::ptr});
    for (std::size_t i = 0; i < found.names.size() && i < kMostNames; ++i) {
      names.emplace_back(address, found.names[i]);
      forward.push_back({found.names[i], forward_type(address)});
    }
  }
  (*dns)->expect(forward);
  std::map<IpAddress, Name> out;
  for (const auto& [address, name] : names) {
    const auto back = (*dns)->ask({name, forward_type(address)}).addresses;
    if (std::find(back.begin(), back.end(), address) != back.end()) out.emplace(address, name);
  }
  return out;
}

}  // namespace emailauth::cli
