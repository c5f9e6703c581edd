// policy/cli/ingest/unpack.h - Finds out what a file or an attachment really is, and takes it apart.
//
// Distinguishes forms by their first octets (names and content types lie) and takes compressed forms apart, within
// limits: a small file cannot become a large one. Names inside archives are for messages only: nothing is ever written.
// Knows nothing about mail or reports.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "policy/base/result.h"

namespace emailauth::cli {

enum class Form : std::uint8_t { gzip, zip, xml, json, mail, mbox, empty, other };

// Judges by the first octets, ignoring a byte order mark and white space.
Form form_of(std::string_view octets);

struct UnpackLimits {
  std::uint64_t octets = 128ULL << 20;  // of one file with all its content, inflated
  int depth = 6;                        // forms within forms: mail, zip, gzip, gzip
  int entries = 1000;                   // of one archive; parts of one mail
  std::chrono::seconds time{60};        // for one file
};

// What is left of the limits for one file. Everything that is unpacked from it shares one.
class Budget {
 public:
  explicit Budget(const UnpackLimits& limits)
      : limits_(limits), left_(limits.octets), until_(std::chrono::steady_clock::now() + limits.time) {}

  const UnpackLimits& limits() const { return limits_; }
  // Takes octets off. The error says which limit was reached.
  Result<bool> spend(std::uint64_t octets);
  // Fails if a limit on depth or entries is reached.
  Result<bool> check(int depth, int entries) const;

 private:
  UnpackLimits limits_;
  std::uint64_t left_;
  std::chrono::steady_clock::time_point until_;
};

// Called for each entry of an archive, or once for a compressed file, with the
// entry's name ("" if it has none).
using EntryVisitor = std::function<void(const std::string& name, std::string octets)>;

// Takes gzip or zip apart, one level. Entries before a fault have been visited when
// the error is returned.
Result<bool> unpack(std::string_view octets, Budget& budget, const EntryVisitor& visit);

}  // namespace emailauth::cli
