#include "policy/cli/records_live.h"

#include <algorithm>

#include "policy/cli/sender_files.h"
#include "policy/domain_text.h"

namespace emailauth::cli {

namespace {

// What mail software and services call their keys when nobody chose a name.
constexpr const char* kCommonSelectors[] = {"default", "dkim", "mail", "selector1", "selector2", "google", "s1",
                                            "s2",      "k1",   "k2",   "k3",        "key1",      "mta",    "smtp"};

}  // namespace

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

Result<std::vector<Name>> selectors_to_look_for(const std::string& directory, const std::vector<std::string>& named) {
  std::vector<std::string> texts = named;
  texts.insert(texts.end(), std::begin(kCommonSelectors), std::end(kCommonSelectors));
  if (const auto files = load_senders(directory)) {
    for (const SenderFile& file : *files) {
      texts.insert(texts.end(), file.policy.dkim_selectors.begin(), file.policy.dkim_selectors.end());
    }
  }
  std::vector<Name> selectors;
  for (const std::string& text : texts) {
    const Result<Name> selector = parse_selector(text);
    if (!selector) return selector.error();
    if (std::find(selectors.begin(), selectors.end(), *selector) == selectors.end()) selectors.push_back(*selector);
  }
  return selectors;
}

}  // namespace emailauth::cli
