#include "policy/cli/dkim/dkim_live.h"

#include <algorithm>

#include "policy/base/diagnostic.h"

namespace emailauth::cli {

namespace {

// Returns what a name has in place of the key that was looked for.
std::string other_key(const DkimRecord& record, const DkimKey& wanted) {
  if (record.public_key.empty()) return "a revoked key";
  if (record.type != wanted.type) return "a key of type " + std::string(to_text(record.type));
  return "another key, " + in_quotes(record.public_key.substr(0, 20) + "…");
}

}  // namespace

Result<DkimLive> DkimLive::open(const ChosenResolvers& resolvers) {
  DkimLive out;
  std::vector<std::string> servers = resolvers.servers;
  if (servers.empty()) servers.emplace_back();
  for (const std::string& server : servers) {
    ResolverOptions options;
    options.server = server;
    options.trust_anchor = resolvers.trust_anchor;
    options.total_time = std::chrono::milliseconds(0);
    auto resolver = UnboundResolver::open(options);
    if (!resolver) return resolver.error();
    out.resolvers_.push_back({server, std::move(*resolver)});
  }
  return out;
}

FoundKey DkimLive::find(const Name& selector, const Name& domain) {
  return find(*resolvers_.front().resolver, selector, domain);
}

FoundKey DkimLive::find(UnboundResolver& resolver, const Name& selector, const Name& domain) {
  FoundKey found;
  const Result<Name> name = key_name(selector, domain);
  if (!name) {
    found.why = name.error().message;
    return found;
  }
  const DnsAnswer answer = resolver.ask(*name, RecordType::txt);
  found.ttl = answer.ttl;
  found.failed = answer.failed();
  if (answer.failed()) {
    found.why = describe(answer) + (answer.why.empty() ? "" : ": " + answer.why);
    return found;
  }
  const DnsAnswer alias = resolver.ask(*name, RecordType::cname);
  if (alias.names.size() == 1) found.alias = alias.names.front();
  if (answer.texts.size() != 1) {
    found.why = answer.texts.empty() ? describe(answer) : std::to_string(answer.texts.size()) + " TXT records";
    return found;
  }
  const Result<DkimRecord> record = parse_dkim_record(answer.texts.front());
  if (record)
    found.record = *record;
  else
    found.why = record.error().message;
  return found;
}

KeyVisibility DkimLive::look(const DkimKey& key, const Name& domain) {
  KeyVisibility out{true, 0, ""};
  for (const Asked& asked : resolvers_) {
    const FoundKey found = find(*asked.resolver, key.selector, domain);
    out.ttl = std::max(out.ttl, found.ttl);
    const bool same = found.record && found.record->type == key.type && found.record->public_key == key.public_key;
    if (same) continue;
    const std::string who = asked.server.empty() ? "DNS" : asked.server;
    const Result<Name> name = key_name(key.selector, domain);
    return {false, 0,
            who + " has " + (found.record ? other_key(*found.record, key) : found.why) + " at " +
                (name ? name->to_string() : "")};
  }
  return out;
}

}  // namespace emailauth::cli
