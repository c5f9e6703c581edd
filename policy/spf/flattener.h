// policy/spf/flattener.h - One run of flatten(): its state and its steps.
//
// Owns the walk through records and the memory of records already resolved, which keeps hostile include trees linear.
// Private to policy/spf: use flatten().
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/spf/flatten.h"
#include "policy/spf/macro_string.h"
#include "policy/spf/record.h"

namespace emailauth::spf {

// What to do about a finding: ends its text.
inline constexpr std::string_view kTellVendor = "; tell the vendor, receivers meet the same error";
inline constexpr std::string_view kWriteNetworks =
    "; write the networks you trust as \"ip4:\" and \"ip6:\" terms instead";

class Flattener {
 public:
  Flattener(Dns& dns, const FlattenOptions& options) : dns_(dns), options_(options) {}

  // Runs once. `record` belongs to no domain: "a" without a domain means nothing in it.
  Flattened run(const Record& record);

 private:
  // A term that decides only when a client asks, and the addresses for which it does.
  struct Conditional {
    PassThrough term;
    IpSet where;
  };

  // How a record, or one mechanism of it, judges all addresses at once.
  struct Outcome {
    IpSet pass;                             // a mechanism: match
    IpSet error;                            // evaluation stops with permerror or temperror
    std::vector<Conditional> conditionals;  // may pass, each term once
    bool uncertain = false;                 // something else may pass, and no term can express it
    int lookups = 0;
  };

  // A term that passes a network which flatten() would refuse.
  struct WideTerm {
    std::string domain;
    std::string term;
    IpSet addresses;
  };

  // The walk through one record.
  struct Walk {
    const Record& record;
    const Name* domain;  // null for the terms that were given
    IpSet remaining;     // not decided yet
    Outcome out;
    std::vector<std::string> conditional_refusals;  // those so far, such as "-exists:%{i}..."
  };

  enum class Reach : std::uint8_t { fixed, per_client, unrepresentable };

  Outcome walk(const Record& record, const Name* domain);
  void follow_redirect(Walk& walk);
  void apply(Walk& walk, const Mechanism& mechanism, Outcome matched);
  void refuse_later(Walk& walk, const Outcome& hit);
  Outcome resolve_domain(const Walk& walk, std::string_view term, const MacroString& target);
  Outcome fetch_and_walk(const Walk& walk, std::string_view term, const Name& name);
  bool may_descend(const Walk& walk, std::string_view term, const Name& name);

  Outcome match(const Walk& walk, const Mechanism& mechanism);
  Outcome match_fixed(const Walk& walk, const Mechanism& mechanism);
  Outcome match_network(const Walk& walk, const Mechanism& mechanism);
  Outcome match_networks(const Walk& walk, std::span<const Mechanism> run);
  Outcome match_a(const Walk& walk, const Mechanism& mechanism);
  Outcome match_mx(const Walk& walk, const Mechanism& mechanism);
  Outcome match_exists(const Walk& walk, const Mechanism& mechanism);
  void add_addresses(const Walk& walk, const Mechanism& mechanism, const Name& name, Outcome& out);
  Outcome conditional(const Walk& walk, const Mechanism& mechanism);
  Reach reach(const Walk& walk, const Mechanism& mechanism, std::string& why);
  std::optional<Name> target_of(const Walk& walk, std::string_view term, const std::optional<MacroString>& domain);
  static void merge(std::vector<Conditional>& into, Conditional conditional);

  Outcome everything_fails(const Walk& walk, std::string_view term, std::string why);
  static std::string no_answer(const Name& name, RecordType type, const DnsAnswer& answer);
  void note_wide(const Walk& walk, const Mechanism& mechanism, const IpSet& matched);
  void refuse_wide(Flattened& out);
  void keep_conditionals(std::vector<Conditional> conditionals, Flattened& out);
  DnsAnswer ask(const Name& name, RecordType type);
  void report(const Walk& walk, std::string_view term, Severity severity, std::string text);

  Dns& dns_;
  const FlattenOptions options_;
  std::map<Name, Outcome> known_;  // records already resolved
  std::vector<Name> path_;         // records being resolved
  std::vector<WideTerm> wide_;
  std::size_t terms_read_ = 0;
  bool out_of_queries_ = false;
  Flattened result_;
};

}  // namespace emailauth::spf
