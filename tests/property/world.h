// tests/property/world.h - A provider with its policies, vendors and owners.
//
// Owns what may pass: works out here from the specification who is granted,
// by the words of the documentation, and never by asking the responder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/answer/responder.h"
#include "policy/net/ip_set.h"
#include "tests/property/labels.h"

namespace emailauth::property {

// A sending service. Sender number 2 publishes "_spf.v2.vendor.example" and answers below "v2.vendor.example".
struct SenderSpec {
  std::vector<std::string> networks;  // resolved: known to our policy
  std::string term;                   // "exists:%{i}._spf.v2.vendor.example": passed through; "" for none
  std::vector<std::string> granted;   // what the vendor's own zone answers yes to
  std::vector<std::string> except;    // what the vendor's own record refuses before that term
};

struct DomainSpec {
  std::string name;  // a subdomain entry: only the labels left of the parent
  int parent = -1;   // index of the domain whose "subdomains" contain it
  bool blocked = false;
  bool has_spf = true;  // a subdomain entry may say nothing about SPF
  std::vector<std::string> aliases;
  std::vector<std::string> netblocks;
  std::vector<std::size_t> senders;
  bool covers_subdomains = true;
  bool static_view = true;
  std::string all = "~all";
};

struct WorldSpec {
  std::vector<std::string> zones;
  std::vector<std::string> templates;
  std::vector<DomainSpec> domains;
  std::vector<SenderSpec> senders;
};

// The texts of the policy directory.
std::string responder_json(const WorldSpec& spec);
std::vector<std::string> domain_jsons(const WorldSpec& spec);
std::vector<std::string> sender_jsons(const WorldSpec& spec);

// "v2.vendor.example", "_spf.v2.vendor.example".
std::string vendor_zone(std::size_t sender);
std::string vendor_record_name(std::size_t sender);

// The domain's full name.
std::string full_name(const WorldSpec& spec, const DomainSpec& domain);

class World {
 public:
  // Returns nullopt if the loader refuses the specification; `why` then has its errors.
  static std::optional<World> build(WorldSpec spec, std::string& why);

  const WorldSpec& spec() const { return spec_; }
  const Responder& responder() const { return *responder_; }

  // Returns true if the policy in force for this domain, or the own record of a vendor that it enables, grants the
  // client.
  bool grants(const Name& domain, const IpAddress& client) const;
  // Returns true if any domain's policy does.
  bool grants_somewhere(const IpAddress& client) const;
  // Returns true if a domain enables a vendor whose term is passed through.
  bool hands_on_terms() const;
  // True if some sender's own record refuses the client before the term that would ask about it.
  bool is_refused_by_a_vendor(const IpAddress& client) const;
  // The same, by networks that our policy knows: a pass does not depend on a vendor's zone.
  bool lists(const Name& domain, const IpAddress& client) const;

  // Returns true if templates without an address are answered for this domain.
  bool has_static_record(const Name& domain) const;

  // The names at which the domain owners publish their records, and, by wildcards, every name below them.
  bool is_owned(const Name& name) const;
  bool is_in_our_zones(const Name& name) const;

  // The content of a vendor's zone.
  bool vendor_says_yes(std::size_t sender, const IpAddress& client) const;

 private:
  struct Policy {
    Name name;
    bool covers_subdomains = true;
    bool static_view = true;
    IpSet listed;   // netblocks, resolved networks
    IpSet granted;  // those, and what the vendors' own records grant
  };

  World() = default;
  void add_policies();
  Policy policy_of(const DomainSpec& domain) const;
  const Policy* policy_for(const Name& domain) const;

  WorldSpec spec_;
  std::shared_ptr<const Responder> responder_;
  std::vector<Policy> policies_;  // one for each name and alias that has SPF rules
  std::vector<Name> owned_;
  std::vector<Name> zones_;
  std::vector<IpSet> vendor_yes_;
};

IpSet set_of(const std::vector<std::string>& networks);

}  // namespace emailauth::property
