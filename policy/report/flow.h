// policy/report/flow.h - One way mail came: from where, in whose name, with what result.
//
// A flow is what a record of an aggregate report says apart from when, to whom and how
// often. The same flows come back day after day, so they are stored, and identified,
// once. Owns the text they are stored as. Knows nothing of files or services.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/report/aggregate_report.h"

namespace emailauth::report {

struct Signature {
  std::string domain;
  std::string selector;
  AuthResult result = AuthResult::unspecified;
  friend bool operator==(const Signature&, const Signature&) = default;
};

struct SpfCheck {
  std::string domain;
  SpfScope scope = SpfScope::unspecified;
  AuthResult result = AuthResult::unspecified;
  friend bool operator==(const SpfCheck&, const SpfCheck&) = default;
};

struct Flow {
  IpAddress source;
  std::string header_from;
  std::string envelope_from;
  bool dkim_pass = false;  // aligned, as the receiver saw it
  bool spf_pass = false;
  std::vector<Signature> signatures;
  std::vector<SpfCheck> spf;
  bool forwarded = false;  // the receiver says so: forwarded, a list, a forwarder it trusts
  bool arc = false;        // it let the mail through because of ARC

  bool dmarc_pass() const { return dkim_pass || spf_pass; }
  friend bool operator==(const Flow&, const Flow&) = default;
};

// Organizational domains, remembered. Not thread-safe.
class OrganizationalDomains {
 public:
  // That of `domain` (lower case) by the public suffix list; `domain` itself where there is none.
  const std::string& of(const std::string& domain);
  // Relaxed alignment (RFC 9989, 4.4): the same organizational domain.
  bool aligned(const std::string& a, const std::string& b) { return !a.empty() && of(a) == of(b); }

 private:
  std::map<std::string, std::string, std::less<>> known_;
};

// What a record says. Verdicts that the receiver left out are worked out from its
// results with the published alignment.
Flow flow_of(const AggregateRecord& record, const PublishedPolicy& policy, OrganizationalDomains& organizations);

// The lists of a flow as text of one line; parse_results(to_text) gives them back.
// What is no such text is read as far as it goes.
std::string results_text(const Flow& flow);
void parse_results(std::string_view text, Flow& flow);

// Why a side of DMARC did not pass.
enum class Why : std::uint8_t {
  spf_return_path,  // the return path is of another domain
  spf_unlisted,     // the owner's SPF record does not list the address
  spf_error,        // SPF could not be evaluated, or was not
  dkim_missing,     // no signature
  dkim_unaligned,   // only signatures of other domains
  dkim_broken,      // a signature of the owner's that does not verify
};
inline constexpr std::size_t kWhys = 6;
std::string_view to_text(Why why);   // for people: "no DKIM signature"
std::string_view to_token(Why why);  // for machines: "dkim-missing"

// Requires !flow.spf_pass, !flow.dkim_pass.
Why why_spf(const Flow& flow, OrganizationalDomains& organizations);
Why why_dkim(const Flow& flow, OrganizationalDomains& organizations);

}  // namespace emailauth::report
