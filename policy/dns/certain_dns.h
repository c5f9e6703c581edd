// policy/dns/certain_dns.h - DNS for those who must not take a failure for an absence.
//
// Passes every question on, and remembers which of them failed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "policy/dns/dns.h"

namespace emailauth {

class CertainDns : public Dns {
 public:
  explicit CertainDns(Dns& dns) : dns_(dns) {}

  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override;
  void expect(std::span<const DnsQuestion> questions) override { dns_.expect(questions); }

  // "TXT at _dmarc.example.com: SERVFAIL", each once, in the order they came; after the first
  // kMostFailures (policy/dns/budget.h) "and 7 more questions".
  std::vector<std::string> failures() const;

 private:
  Dns& dns_;
  std::vector<std::string> failures_;  // the first
  std::set<DnsQuestion> failed_;       // all
};

}  // namespace emailauth
