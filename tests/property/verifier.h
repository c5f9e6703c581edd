// tests/property/verifier.h - Receivers that judge a message: our own evaluator, and programs of others.
//
// Owns how each is called. The caller must provide DNS, so that all see the same World.
#pragma once

#include <memory>
#include <string>

#include "policy/spf/evaluator.h"
#include "tests/property/case_maker.h"

namespace emailauth::property {

struct Judgement {
  std::string verdict;  // "pass", "fail", ...; "crash" if the verifier gave none
  std::string detail;
};

class Verifier {
 public:
  explicit Verifier(std::string name) : name_(std::move(name)) {}
  virtual ~Verifier() = default;

  const std::string& name() const { return name_; }
  virtual Judgement judge(const Case& c, Dns& dns) = 0;

 private:
  std::string name_;
};

// policy/spf, with one of the ways to cut long names.
std::unique_ptr<Verifier> make_own_verifier(std::string name, spf::NameCut cut);

// A program that gets questions on its standard input and answers on its standard output, one JSON object per line:
//
//   -> {"ip": "192.0.2.1", "helo": "6d74612e74657374", "sender": ""}       octets in hexadecimal
//   <- {"ask": "036d7461047465737400", "type": "TXT"}                      any number of times; the name in wire form
//   -> {"rcode": "NOERROR", "texts": ["v=spf1 -all"], "addresses": []}
//   <- {"verdict": "fail", "detail": "..."}
//
// Throws std::runtime_error if it cannot be started, ends, or says nothing for half a minute.
std::unique_ptr<Verifier> start_verifier(std::string name, const std::string& command);

}  // namespace emailauth::property
