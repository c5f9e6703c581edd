// policy/publish/owners_dns.h - DNS as it would be with an owner's SPF record published.
//
// The record is given, the responder answers for our own zones, and `beyond` for all other names.
#pragma once

#include <string>

#include "policy/answer/responder.h"
#include "policy/dns/dns.h"

namespace emailauth {

class OwnersDns : public Dns {
 public:
  // Holds references to all arguments; they must outlive this object. Without `beyond` every name outside our zones has
  // an SPF record that passes nobody, and nothing else.
  OwnersDns(const Responder& responder, const Name& domain, const std::string& record, Dns* beyond)
      : responder_(responder), domain_(domain), record_(record), beyond_(beyond) {}

  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override;

 private:
  DnsAnswer ask_beyond(const DnsQuestion& question);

  const Responder& responder_;
  const Name& domain_;
  const std::string& record_;
  Dns* beyond_;
};

}  // namespace emailauth
