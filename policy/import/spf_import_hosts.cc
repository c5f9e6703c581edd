#include <algorithm>

#include "policy/import/spf_import.h"
#include "policy/spf/target_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::importing {

using check::RrType;
using spf::Mechanism;
using spf::MechanismKind;
using spf::quoted_text;

// "a" and "mx": the addresses of today.
IpSet SpfImport::networks_of(const Frame& frame, const Mechanism& mechanism, std::string& resolved) const {
  if (mechanism.kind == MechanismKind::ip4 || mechanism.kind == MechanismKind::ip6) return IpSet(mechanism.network);
  const Result<Name> name = mechanism.domain ? spf::target_name(mechanism.domain->to_string()) : frame.domain;
  if (!name) return {};
  std::vector<Name> hosts = {*name};
  if (mechanism.kind == MechanismKind::mx) hosts = context_.dns.ask(*name, RrType::mx).names;
  IpSet out;
  for (const Name& host : hosts) {
    if (host.is_root()) continue;
    for (const IpAddress& address : addresses_of(host)) {
      const IpPrefix network = IpPrefix::containing(address, address.is_v4() ? mechanism.cidr4 : mechanism.cidr6);
      out |= IpSet(network);
      resolved += (resolved.empty() ? "" : ", ") + network.to_string();
    }
  }
  return out;
}

std::vector<IpAddress> SpfImport::addresses_of(const Name& name) const {
  std::vector<IpAddress> out = context_.dns.ask(name, RrType::a).addresses;
  const std::vector<IpAddress>& v6 = context_.dns.ask(name, RrType::aaaa).addresses;
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
  std::string resolved;
  const IpSet networks = networks_of(frame, mechanism, resolved);
  if (networks.empty()) {
    return context_.note("SPF", frame.domain, quoted_text(term, 120) + " has no address; left out");
  }
  context_.note("SPF", frame.domain,
                quoted_text(term, 120) + " is " + resolved + " now; the policy does not follow when that changes");
  for (const IpPrefix& network : networks.to_prefixes()) add_network(frame, network, term);
}

}  // namespace emailauth::importing
