// policy/dns/spf_dns.h - The DNS of the checker, as the SPF engine asks it.
//
// Owns the translation and nothing else. TTLs are not known here: they are 0.
#pragma once

#include "policy/dns/dns.h"
#include "policy/spf/resolver.h"

namespace emailauth::check {

class SpfDns : public spf::Resolver {
 public:
  explicit SpfDns(Dns& dns) : dns_(dns) {}
  spf::DnsAnswer query(const Name& name, spf::QueryType type) override;

 private:
  Dns& dns_;
};

}  // namespace emailauth::check
