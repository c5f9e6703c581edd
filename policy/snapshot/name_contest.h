// policy/snapshot/name_contest.h - Which of several files gets a name that all of them claim.
//
// Owns that rule. Knows nothing about how files are loaded, or about answers.
//
// Nobody who can write one file must ever get a name of another file that way:
//
// While the server runs, a name that several files claim belongs to
//
// - the file that serves it, as long as that file claims it, whatever it changes;
// - the policy in service, if the files that claimed it said the same, until only one claims it;
// - that file alone, even under a new name, if the file that had it has just been removed, until the next reload: a
//   file that is being replaced is missing for a moment, and keeps the name if it is back by then.
//
// At a start, and if no file serves it, it belongs to the first of these that exists:
//
// 1. the domain of the file "domains/<name>.json";
// 2. an entry of "subdomains": the one whose own domain is the highest;
// 3. a domain;
// 4. an alias.
//
// If several are equal, what they say is served if all say the same (domain, entries and aliases); otherwise nothing
// is, because a file shows neither its age nor its author in a way that others could not forge.
//
// A domain that is refused takes its aliases and entries with it. A domain with errors claims its name as a good one
// does; if it gets the name, nothing is answered. If one file claims a name twice, its first claim counts.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/base/diagnostic.h"
#include "policy/files/domain_unit.h"

namespace emailauth {

// Returns a name as people write it: "example.com". `labels` is its wire form without the root label.
std::string dotted(std::string_view labels);

enum class ClaimKind : std::uint8_t { domain, entry, alias };

// A name that a file claims. Views and pointers refer to the file's DomainUnit.
struct Claim {
  std::size_t file = 0;  // an index that the caller chooses
  const DomainUnit* unit = nullptr;
  const Domain* domain = nullptr;  // what would answer; null if it has errors
  std::string_view name;           // wire form without the root label
  std::string_view above;          // the domain that it is an entry or alias of, or the name itself
  ClaimKind kind = ClaimKind::domain;
  std::uint32_t line = 0;
};

// Makes the claim of a domain or an entry or, with `alias`, of that other name of it.
Claim claim_of(std::size_t file, const DomainUnit& unit, const Domain& domain,
               const DomainUnit::Alias* alias = nullptr);
Claim claim_of(std::size_t file, const DomainUnit& unit, const DomainUnit::Broken& broken);

// Which file or files answer for a name now.
struct NameInService {
  std::string file;
  const DomainUnit* unit = nullptr;
  const Domain* domain = nullptr;
  bool shared = false;  // served by several files that say the same; if false, `file` decides
};

// What is known from before the change.
struct Incumbents {
  // Returns nullopt if the name is not answered, or if nothing was in service before.
  std::function<std::optional<NameInService>(std::string_view name)> in_service;
  // Returns true if the file that had the name, and others claim it, has just gone and did not become this one.
  std::function<bool(std::string_view name, const std::string& file)> waits;
};

// Domains and aliases of a file that are not answered, because their names belong to others: the domain or entry or,
// with labels, that alias of it.
using LeftOut = std::set<std::pair<const Domain*, std::string_view>>;

// Adds a domain with everything in its object.
void leave_out_object(const DomainUnit& unit, const Domain& domain, LeftOut& out);

class NameContest {
 public:
  // Call for every claim of a name that has several claims, or that may have to wait. The order matters only between
  // claims of one file.
  void add(const Claim& claim) { claims_[claim.name].push_back(claim); }
  bool has(std::string_view name) const { return claims_.count(name) > 0; }
  bool empty() const { return claims_.empty(); }
  std::set<std::string, std::less<>> names() const;

  struct Result {
    std::map<std::size_t, LeftOut> left_out;     // by file: what it does not get
    std::set<std::string> shared;                // names about which several files say the same
    std::map<std::string, std::string> holders;  // the file of each name that other files are refused
    Diagnostics diagnostics;                     // one for each refused claim, against its file
  };
  Result settle(const Incumbents& before) const;

 private:
  std::map<std::string_view, std::vector<Claim>> claims_;
};

}  // namespace emailauth
