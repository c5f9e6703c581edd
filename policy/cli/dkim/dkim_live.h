// policy/cli/dkim/dkim_live.h - DKIM keys as resolvers see them.
//
// Owns the resolvers that a `dkim` command queries. Writes nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/cli/dns/chosen_resolvers.h"
#include "policy/cli/dns/unbound_resolver.h"
#include "policy/records/dkim_record.h"
#include "policy/records/dkim_rotation.h"

namespace emailauth::cli {

struct FoundKey {
  std::optional<Name> alias;         // the target of a CNAME at the name
  std::optional<DkimRecord> record;  // nullopt if there is none, or none that can be used
  std::string why;                   // if there is no record: what there is instead
  std::uint32_t ttl = 0;
  bool failed = false;  // the resolver did not answer
};

class DkimLive {
 public:
  // The error names the resolver that cannot be used.
  static Result<DkimLive> open(const ChosenResolvers& resolvers);

  // Returns the key of a selector, following CNAMEs, as the first resolver sees it.
  FoundKey find(const Name& selector, const Name& domain);

  // A key is visible if every resolver has exactly this key.
  KeyVisibility look(const DkimKey& key, const Name& domain);

 private:
  struct Asked {
    std::string server;  // "" for the one of /etc/resolv.conf
    std::unique_ptr<UnboundResolver> resolver;
  };
  static FoundKey find(UnboundResolver& resolver, const Name& selector, const Name& domain);

  std::vector<Asked> resolvers_;
};

}  // namespace emailauth::cli
