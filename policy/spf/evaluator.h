// policy/spf/evaluator.h - check_host(): how a receiver judges a sender (RFC 7208).
//
// Owns the evaluation of a domain's SPF record for one client, the limits of
// 4.6.4, and the account of what was asked. The caller provides DNS: see policy/dns/dns.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/dns/budget.h"
#include "policy/dns/dns.h"
#include "policy/net/ip_prefix.h"
#include "policy/spf/macro_string.h"

namespace emailauth::spf {

enum class Verdict : std::uint8_t { none, neutral, pass, fail, softfail, temperror, permerror };  // 2.6

// What the receiver knows about the message.
struct Question {
  IpAddress client;                  // an IPv4-mapped address is the IPv4 address (5)
  std::string helo;                  // %{h}; empty expands to "unknown"
  std::string mail_from;             // "user@example.com"; empty: postmaster@<helo> (2.4)
  std::string receiver = "unknown";  // %{r}
  std::int64_t now = 0;              // %{t}
};

// RFC 7208, 4.6.4 and 7.3. One term is one include, a, mx, ptr, exists or redirect.
struct Limits {
  int terms = kReceiverLookups;
  int void_lookups = kReceiverVoidLookups;                    // by a, mx (and its exchanges), exists, ptr; see below
  int names_per_term = static_cast<int>(kReceiverExchanges);  // mx: more is a permerror; ptr, %{p}: more are ignored
  NameCut cut = NameCut::any_label;                           // what becomes of names of more than 253 characters
};

struct AskedName {
  RecordType type;
  Name name;
  std::string answer;  // describe() of it
};

// One line of the account, in the order in which things happened.
struct TraceStep {
  int depth = 0;                 // 0: the domain itself; +1 in an include or redirect
  std::string domain;            // whose record
  std::string term;              // as published; empty: the record itself was fetched
  std::vector<AskedName> asked;  // in order
  std::string outcome;           // "match: pass", "no match", "permerror: ..."

  // "  include:x.example [TXT x.example: 1 record] no match"
  std::string to_string() const;
};

struct Evaluation {
  Verdict verdict = Verdict::none;
  std::string domain;       // the domain that was checked
  std::string reason;       // one line of printable ASCII: the term that decided, or the error
  std::string explanation;  // fail only: what the domain's exp= says (printable ASCII)
  int terms = 0;            // counted against Limits
  int void_lookups = 0;
  int queries = 0;  // all DNS questions
  std::vector<TraceStep> trace;
  int trace_omitted = 0;  // steps beyond kMaxTraceSteps

  static constexpr std::size_t kMaxTraceSteps = 1000;
};

// Evaluates the record of the domain of `question.mail_from` (or of the HELO).
//
// Where RFC 7208 leaves a choice:
// - a target that is not a DNS name (empty or overlong label) is not queried and
//   does not match; as an include or redirect target it has no record: permerror;
// - a void lookup is an answer without records to a, mx, exists or ptr itself.
//   Names that PTR records and %{p} lead to do not count: the client chooses those,
//   and could turn a fail into a permerror;
// - local parts and HELOs of more than 512 octets are cut there.
Evaluation check_host(Dns& dns, const Question& question, const Limits& limits = {});

// "none", "pass", ...
std::string_view to_string(Verdict verdict);

}  // namespace emailauth::spf
