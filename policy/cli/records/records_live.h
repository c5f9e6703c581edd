// policy/cli/records/records_live.h - What DNS has of a publication.
//
// Owns the resolver of `emailauth records --live`; compares nothing itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/cli/dns/unbound_resolver.h"
#include "policy/publish/publication_state.h"

namespace emailauth::cli {

class RecordsLive {
 public:
  // The error says that the resolver cannot be used, or does not answer for `domain`.
  static Result<RecordsLive> open(const ResolverOptions& options, const Name& domain);

  PublicationState check(const Responder& responder, const Publication& wanted, const std::vector<Name>& selectors);
  Dns& dns() { return *resolver_; }

 private:
  explicit RecordsLive(std::unique_ptr<UnboundResolver> resolver) : resolver_(std::move(resolver)) {}
  std::unique_ptr<UnboundResolver> resolver_;
};

}  // namespace emailauth::cli
