// policy/publish/owners_dns.h - DNS as it would be with an owner's SPF record published.
//
// The record is given, our own zones are answered by the responder, everything else
// by whoever is asked beyond them. Asks nobody itself.
#pragma once

#include <string>

#include "policy/answer/responder.h"
#include "policy/spf/resolver.h"

namespace emailauth {

class OwnersDns : public spf::Resolver {
 public:
  // Everything is referred to. Without `beyond` every name outside our zones has an
  // SPF record that passes nobody, and nothing else.
  OwnersDns(const Responder& responder, const Name& domain, const std::string& record, spf::Resolver* beyond)
      : responder_(responder), domain_(domain), record_(record), beyond_(beyond) {}

  spf::DnsAnswer query(const Name& name, spf::QueryType type) override;

 private:
  spf::DnsAnswer ask_beyond(const Name& name, spf::QueryType type);

  const Responder& responder_;
  const Name& domain_;
  const std::string& record_;
  spf::Resolver* beyond_;
};

}  // namespace emailauth
