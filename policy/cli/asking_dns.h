// policy/cli/asking_dns.h - A DNS that shows what it is being asked, where a person waits.
#pragma once

#include "policy/check/dns.h"
#include "policy/cli/progress.h"

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
