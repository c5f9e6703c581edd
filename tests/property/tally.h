// tests/property/tally.h - What a run tried, and the results.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tests/property/property.h"

namespace emailauth::property {

class Tally {
 public:
  void add_world(const World& world, std::size_t offered);
  void add(const std::string& verifier, const Case& c, const Trial& trial, double seconds);

  std::uint64_t cases() const { return cases_; }
  std::uint64_t holes() const { return holes_; }
  std::uint64_t holes_by(Attack attack) const;
  // Messages that must pass, and those of them that did not.
  std::uint64_t owed(const std::string& verifier) const;
  std::uint64_t lost(const std::string& verifier) const;

  // "1234567 cases, 0 holes; 8,901 owed passes, 0 lost"
  std::string line() const;
  std::string summary() const;

 private:
  struct PerVerifier {
    std::uint64_t cases = 0;
    std::uint64_t owed = 0;
    std::uint64_t lost = 0;
    double seconds = 0;
    std::map<std::string, std::uint64_t> verdicts;
  };
  struct PerKind {
    std::uint64_t cases = 0;
    std::uint64_t granted = 0;
    std::uint64_t passed = 0;
    std::uint64_t generous = 0;  // an answer of ours was more than a refusal
    std::uint64_t holes = 0;
    std::uint64_t first_hole = 0;  // the number of the case, from 1
  };
  void count(PerKind& kind, const Trial& trial) const;
  static std::string table(const std::string& title, const std::map<std::string, PerKind>& rows);

  std::uint64_t worlds_ = 0;
  std::uint64_t offered_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t cases_ = 0;
  std::uint64_t holes_ = 0;
  std::uint64_t passes_by_name_ = 0;
  std::uint64_t passes_by_ancestor_ = 0;
  std::set<std::string> shapes_;
  std::map<std::string, PerVerifier> verifiers_;
  std::map<std::string, PerKind> classes_;
  std::map<std::string, PerKind> attacks_;
  std::map<std::string, PerKind> clients_;
  std::map<std::string, PerKind> found_;  // holes only: template and attack
};

}  // namespace emailauth::property
