// policy/cli/dns/asking_dns.h - A DNS that shows its current query, for a person who waits.
#pragma once

#include "policy/cli/terminal/progress.h"
#include "policy/dns/dns.h"

namespace emailauth::cli {

class AskingDns : public Dns {
 public:
  // Holds references to both arguments; they must outlive this object.
  AskingDns(Dns& dns, Progress& progress) : dns_(dns), progress_(progress) {}

  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override {
    progress_.finished(question.name.to_string());
    return dns_.ask(question);
  }
  void expect(std::span<const DnsQuestion> questions) override { dns_.expect(questions); }

 private:
  Dns& dns_;
  Progress& progress_;
};

}  // namespace emailauth::cli
