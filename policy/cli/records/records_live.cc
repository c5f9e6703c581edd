#include "policy/cli/records/records_live.h"

#include <algorithm>

namespace emailauth::cli {

FoundRrset look_up(UnboundResolver& resolver, const RrsetKey& key) {
  const bool text = key.type == RecordType::txt;
  const spf::DnsAnswer answer =
      text ? resolver.query(key.name, spf::QueryType::txt) : resolver.records_at(key.name, key.type);
  FoundRrset found{key, answer.status, answer.ttl, answer.texts};
  for (const Name& name : answer.names) found.data.push_back(name.to_string());
  std::sort(found.data.begin(), found.data.end());
  return found;
}

Result<RecordsLive> RecordsLive::open(const ResolverOptions& options, const Name& domain) {
  auto resolver = UnboundResolver::open(options);
  if (!resolver) return resolver.error();
  if ((*resolver)->query(domain, spf::QueryType::txt).status == spf::DnsStatus::timeout) {
    const std::string who = options.server.empty() ? "the resolver of /etc/resolv.conf" : in_quotes(options.server);
    return Error{who + " does not answer for " + in_quotes(domain.to_string()) + "; name another with --resolver"};
  }
  return RecordsLive(std::move(*resolver));
}

PublicationState RecordsLive::check(const Responder& responder, const Publication& wanted,
                                    const std::vector<Name>& selectors) {
  return check_publication(responder, wanted, selectors,
                           [this](const RrsetKey& key) { return look_up(*resolver_, key); });
}

}  // namespace emailauth::cli
