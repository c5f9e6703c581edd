#include <algorithm>

#include "policy/base/some_of.h"
#include "policy/dns/budget.h"
#include "policy/import/spf_import.h"
#include "policy/spf/target_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::importing {

using spf::Mechanism;
using spf::MechanismKind;
using spf::quoted_text;

namespace {

constexpr std::size_t kNamed = 10;  // addresses of a term that a note lists

}  // namespace

// "a" and "mx": today's addresses.
SpfImport::Hosts SpfImport::hosts_of(const Frame& frame, const Mechanism& mechanism) const {
  Hosts out;
  if (mechanism.kind == MechanismKind::ip4 || mechanism.kind == MechanismKind::ip6) {
    out.networks = IpSet(mechanism.network);
    return out;
  }
  const Result<Name> name = mechanism.domain ? spf::target_name(mechanism.domain->to_string()) : frame.domain;
  if (!name) return out;
  std::vector<Name> hosts = {*name};
  if (mechanism.kind == MechanismKind::mx) {
    hosts = context_.dns.ask(*name, RecordType::mx).names;
    out.exchanges = hosts.size();
    out.cut = hosts.size() > kReceiverExchanges;
    hosts.resize(std::min(hosts.size(), kReceiverExchanges));
  }
  for (const Name& host : hosts) {
    if (host.is_root()) continue;
    for (const IpAddress& address : addresses_of(host)) {
      out.cut |= out.resolved.size() == kMostAddresses;
      if (out.resolved.size() == kMostAddresses) break;
      const IpPrefix network = IpPrefix::containing(address, address.is_v4() ? mechanism.cidr4 : mechanism.cidr6);
      out.networks |= IpSet(network);
      out.resolved.push_back(network.to_string());
    }
  }
  return out;
}

std::vector<IpAddress> SpfImport::addresses_of(const Name& name) const {
  std::vector<IpAddress> out = context_.dns.ask(name, RecordType::a).addresses;
  const std::vector<IpAddress> v6 = context_.dns.ask(name, RecordType::aaaa).addresses;
  out.insert(out.end(), v6.begin(), v6.end());
  std::sort(out.begin(), out.end());
  return out;
}

void SpfImport::read_hosts(Frame& frame, const Mechanism& mechanism) {
  const std::string term = mechanism.to_string();
  if (mechanism.domain && mechanism.domain->to_string().find('%') != std::string::npos) {
    unrevealed_.push_back(term);
    return;
  }
  const Hosts hosts = hosts_of(frame, mechanism);
  if (hosts.exchanges > kReceiverExchanges) {
    lost(frame, term,
         "it has " + std::to_string(hosts.exchanges) + " mail servers, and more than " +
             std::to_string(kReceiverExchanges) + " are an error for every receiver (RFC 7208, 4.6.4)",
         "name the networks that send, then import again");
  } else if (hosts.cut) {
    lost(frame, term, "it has more than " + std::to_string(kMostAddresses) + " addresses; the rest was left out",
         "name the networks that send, then import again");
  }
  if (hosts.networks.empty()) {
    ++void_lookups_;
    return context_.note("SPF", frame.domain, quoted_text(term, 120) + " has no address; left out");
  }
  context_.note("SPF", frame.domain,
                quoted_text(term, 120) + " is " + some_of(hosts.resolved, kNamed) +
                    " now; the policy does not follow when that changes");
  for (const IpPrefix& network : hosts.networks.to_prefixes()) add_network(frame, network, term);
}

}  // namespace emailauth::importing
