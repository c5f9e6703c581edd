// policy/spf/flatten.h - From the terms that a sending service publishes to networks.
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
  int max_records = 100;             // all records
  int max_queries = 1000;            // all DNS questions
  std::size_t max_terms = 10000;     // all mechanisms read
  std::size_t max_networks = 10000;  // networks in the result
  std::size_t max_passthrough = 20;  // pass-through terms
  std::size_t max_except = 1000;     // networks in all their `except`
};

// error: do not use the result, keep the last good one. warning: the result is right as far as it goes, and the text
// says what it lacks. note: for information.
enum class Severity : std::uint8_t { note, warning, error };

struct Finding {
  Severity severity = Severity::note;
  std::string domain;  // whose record; empty: the terms that were given
  std::string term;    // as published; may be empty
  std::string text;    // one line, lower case

  // "error: example.com: include:x.example: <text>"
  std::string to_string() const;
};

// A term to pass on to the receiver, after "%{d}" is replaced by `record`.
// It uses no macros but %{d}, %{i} and %{v}.
struct PassThrough {
  std::string term;            // "exists:%{i}._spf.mta.salesforce.com", without qualifier
  std::optional<Name> record;  // the owner of its record; nullopt if given directly
  int lookups = 1;             // how many terms it costs the receiver, at least
  IpSet except;                // addresses that earlier terms refuse: it must never reach them
};

struct Flattened {
  IpSet addresses;                       // networks: addresses.to_prefixes()
  std::vector<PassThrough> passthrough;  // in order of appearance, each once
  std::optional<std::uint32_t> min_ttl;  // of all answers; nullopt if nothing was queried
  int lookups = 0;                       // what the given terms cost a receiver that evaluates them
  int queries = 0;                       // DNS questions that this took
  std::vector<Finding> findings;         // at most kMaxFindings; the first error is always kept

  static constexpr std::size_t kMaxFindings = 200;

  // Returns true if no finding has Severity::error.
  bool usable() const;
};

// Flattens `terms`, such as {"include:sendgrid.net", "ip4:192.0.2.1"}, as if one record contained them in this order.
//
// - An include adds what its record passes and nothing else; "-ip4:", "~include:" and so on take their addresses away
//   from the terms that follow, pass-through terms included: see PassThrough::except.
// - If a record is missing, broken, a loop or beyond a limit, what evaluation would still have decided there becomes an
//   error, with an error finding.
// - ptr and terms with %{p} %{h} %{l} %{s} %{o} are left out, with a warning.
// - A term that refuses clients one by one ("-exists:%{i}...", "-ptr") is an
//   error when terms behind it pass anything.
// - An include that asks for each client ("include:%{i}...") is taken to find a
//   record for all of them. Where it finds none, receivers of the vendor's own
//   record stop with a permerror, and what follows it is still passed here.
// - Networks inside ::ffff:0:0/96 never match a client (5); left out likewise.
Flattened flatten(Dns& dns, std::span<const std::string> terms, const FlattenOptions& options = {});

// "note", "warning", "error".
std::string_view to_string(Severity severity);

}  // namespace emailauth::spf
