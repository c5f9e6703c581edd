// policy/spf/flatten.h - From the terms a sending service publishes to networks.
//
// Owns the question "for which addresses would these terms give pass?", answered
// for all addresses at once: set arithmetic in the order of evaluation (RFC 7208,
// 4.6.2, 5). Terms that only a receiver can answer become pass-through terms.
// The caller provides DNS: see policy/dns/dns.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/dns/dns.h"
#include "policy/net/dns_name.h"
#include "policy/net/ip_set.h"

namespace emailauth::spf {

struct FlattenOptions {
  bool allow_wide = false;  // accept +all, and networks wider than the two below
  int widest_v4 = 8;        // prefix lengths
  int widest_v6 = 16;
  int max_depth = 10;                // records inside records
  int max_records = 100;             // records in all
  int max_queries = 1000;            // DNS questions in all
  std::size_t max_terms = 10000;     // mechanisms read in all
  std::size_t max_networks = 10000;  // networks in the result
  std::size_t max_passthrough = 20;  // pass-through terms
  std::size_t max_except = 1000;     // networks in their `except`, together
};

// error: do not use the result, keep the last good one. warning: the result is
// right as far as it goes, and the text says what it misses. note: to know.
enum class Severity : std::uint8_t { note, warning, error };

struct Finding {
  Severity severity = Severity::note;
  std::string domain;  // whose record; empty: the terms that were given
  std::string term;    // as published; may be empty
  std::string text;    // one line, lower case

  // "error: example.com: include:x.example: <text>"
  std::string to_string() const;
};

// A term to hand on to the receiver, after "%{d}" is replaced by `record`.
// It uses no macros but %{d}, %{i} and %{v}.
struct PassThrough {
  std::string term;            // "exists:%{i}._spf.mta.salesforce.com", without qualifier
  std::optional<Name> record;  // whose record it stands in; none when given directly
  int lookups = 1;             // terms it costs the receiver, at the least
  IpSet except;                // addresses that terms before it refuse: they must never get it
};

struct Flattened {
  IpSet addresses;                       // networks: addresses.to_prefixes()
  std::vector<PassThrough> passthrough;  // in the order they stand, each once
  std::optional<std::uint32_t> min_ttl;  // of all answers; none when nothing was asked
  int lookups = 0;                       // what the given terms cost a receiver that evaluates them
  int queries = 0;                       // DNS questions asked for this
  std::vector<Finding> findings;         // at most kMaxFindings, but never without the errors' first

  static constexpr std::size_t kMaxFindings = 200;

  // True when there is no finding of Severity::error.
  bool usable() const;
};

// Flattens `terms`, such as {"include:sendgrid.net", "ip4:192.0.2.1"}, as if
// they stood in one record, in this order.
//
// - An include adds what its record passes, and nothing else of it; "-ip4:",
//   "~include:" and so on take their addresses away from the terms behind them,
//   pass-through terms included: see PassThrough::except.
// - A record that is missing, broken, a loop or beyond a limit makes an error of
//   what evaluation would still have decided there, and an error finding.
// - ptr and terms with %{p} %{h} %{l} %{s} %{o} are left out, with a warning.
// - A term that refuses clients one by one ("-exists:%{i}...", "-ptr") is an
//   error when terms behind it pass anything.
// - An include that asks for each client ("include:%{i}...") is taken to find a
//   record for all of them. Where it finds none, receivers of the vendor's own
//   record stop with a permerror, and what stands behind it is still passed here.
// - Networks inside ::ffff:0:0/96 never match a client (5); left out likewise.
Flattened flatten(Dns& dns, std::span<const std::string> terms, const FlattenOptions& options = {});

// "note", "warning", "error".
std::string_view to_string(Severity severity);

}  // namespace emailauth::spf
