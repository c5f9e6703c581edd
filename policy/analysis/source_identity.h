// policy/analysis/source_identity.h - Who sent a flow of mail.
//
// Owns the order in which evidence counts. Mail that arrives straight from a service (its network, its return path, its
// own signature) is that service's; mail with the owner's signature that arrives from anywhere else came through a
// forwarder. Evidence that a stranger can forge never counts alone. Knows nothing about DNS: the caller passes
// confirmed names of addresses.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/net/ip_set.h"
#include "policy/report/flow.h"
#include "policy/senders/sender_identity.h"

namespace emailauth::report {

enum class SourceKind : std::uint8_t {
  service,    // of the catalogue, or configured
  internal,   // the owner's own servers
  forwarder,  // passes on the mail of others
  possible,   // authenticated, but by a domain that we do not know
  unknown,    // nothing about it is authenticated
};
std::string_view to_text(SourceKind kind);

struct Source {
  SourceKind kind = SourceKind::unknown;
  std::string id;    // of the service; "internal"; a domain or network; "unknown"
  std::string name;  // for people
  Confidence confidence = Confidence::low;
  std::vector<std::string> evidence;  // one line each, most telling first
};

// A DKIM key of the domain's policy.
struct KnownKey {
  std::string selector;  // lower case
  std::string sender;    // the service that signs with it; "" for the owner
};

// What is known before a report is read.
struct KnownSources {
  std::string domain;                  // lower case
  std::vector<SenderPolicy> services;  // configured ones and the catalogue; ids are unique
  std::set<std::string> configured;    // ids of the services that the policy directory has
  std::set<std::string> enabled;       // ids of the services that the domain's policy enables
  IpSet netblocks;
  std::vector<KnownKey> keys;
  std::map<IpAddress, Name> names;  // names of addresses, confirmed by DNS in both directions

  const SenderPolicy* service(const std::string& id) const;
};

// Not thread-safe: remembers what it has worked out.
class SourceIdentifier {
 public:
  // `known` must outlive this object.
  explicit SourceIdentifier(const KnownSources& known);

  Source identify(const Flow& flow);

 private:
  struct Candidate {
    const SenderPolicy* sender = nullptr;
    int score = 0;
    Confidence confidence = Confidence::low;
    bool direct = false;  // evidence that the mail came straight from the service
    std::vector<std::string> evidence;
  };
  using Candidates = std::vector<Candidate>;

  const std::vector<SenderMatch>& matches(const std::string& key, const MailEvidence& mail);
  void merge(const std::vector<SenderMatch>& found, bool direct, Candidates& out) const;
  Candidates candidates_of(const Flow& flow);
  void add_own_signature(const Signature& signature, Candidates& out);
  const KnownKey* own_key(const Flow& flow);
  std::string foreign_return_path(const Flow& flow);
  std::string group_of(const Flow& flow);
  struct Signs;
  struct Rules;
  Signs signs_of(const Flow& flow, const Candidates& candidates);

  const KnownSources& known_;
  SenderIndex index_;
  OrganizationalDomains organizations_;
  std::unordered_map<std::string, std::vector<SenderMatch>> remembered_;
};

}  // namespace emailauth::report
