// policy/cli/dns/asking_dns.h - A DNS that shows what it is being asked, where a person waits.
#pragma once

#include "policy/cli/terminal/progress.h"
#include "policy/dns/dns.h"

namespace emailauth::cli {

class AskingDns : public check::Dns {
 public:
  // Both are referred to.
  AskingDns(check::Dns& dns, Progress& progress) : dns_(dns), progress_(progress) {}

  using check::Dns::ask;
  const check::Found& ask(const check::Question& question) override {
    progress_.finished(question.name.to_string());
    return dns_.ask(question);
  }
  void expect(std::span<const check::Question> questions) override { dns_.expect(questions); }

 private:
  check::Dns& dns_;
  Progress& progress_;
};

}  // namespace emailauth::cli
