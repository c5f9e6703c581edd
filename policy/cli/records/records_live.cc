#include "policy/cli/records/records_live.h"

namespace emailauth::cli {

Result<RecordsLive> RecordsLive::open(const ResolverOptions& options, const Name& domain) {
  auto resolver = UnboundResolver::open(options);
  if (!resolver) return resolver.error();
  if ((*resolver)->ask(domain, RecordType::txt).status == DnsStatus::timeout) {
    const std::string who = options.server.empty() ? "the resolver of /etc/resolv.conf" : in_quotes(options.server);
    return Error{who + " does not answer for " + in_quotes(domain.to_string()) + "; name another with --resolver"};
  }
  return RecordsLive(std::move(*resolver));
}

PublicationState RecordsLive::check(const Responder& responder, const Publication& wanted,
                                    const std::vector<Name>& selectors) {
  return check_publication(responder, wanted, selectors, *resolver_);
}

}  // namespace emailauth::cli
