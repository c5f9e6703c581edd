// policy/report/flow.h - One way in which mail came: from where, in whose name, with what result.
//
// A flow is what a record of an aggregate report says apart from when, to whom and how often. The same flows come back
// day after day, so they are stored and identified once. Owns the text in which they are stored. Knows nothing about
// files or services.
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
  bool forwarded = false;  // according to the receiver: forwarded, a list, a forwarder it trusts
  bool arc = false;        // the receiver accepted the mail because of ARC

  bool dmarc_pass() const { return dkim_pass || spf_pass; }
  friend bool operator==(const Flow&, const Flow&) = default;
};

// Remembers organizational domains. Not thread-safe.
class OrganizationalDomains {
 public:
  // Returns that of `domain` (lower case) by the public suffix list, or `domain` itself if there is none.
  const std::string& of(const std::string& domain);
  // Returns true for relaxed alignment (RFC 9989, 4.4): the same organizational domain.
  bool aligned(const std::string& a, const std::string& b) { return !a.empty() && of(a) == of(b); }

 private:
  std::map<std::string, std::string, std::less<>> known_;
};

// Returns the flow of a record. Works out verdicts that the receiver left out from its
// results with the published alignment.
Flow flow_of(const AggregateRecord& record, const PublishedPolicy& policy, OrganizationalDomains& organizations);

// Returns the lists of a flow as text of one line; parse_results() gives them back, and reads any other text as far as
// it can.
std::string results_text(const Flow& flow);
void parse_results(std::string_view text, Flow& flow);

// Why SPF or DKIM did not pass for DMARC.
enum class Why : std::uint8_t {
  spf_return_path,  // the return path is of another domain
  spf_unlisted,     // the owner's SPF record does not list the address
  spf_error,        // SPF could not be evaluated, or was not
  dkim_missing,     // no signature
  dkim_unaligned,   // only signatures of other domains
  dkim_broken,      // a signature of the owner that does not verify
};
inline constexpr std::size_t kWhys = 6;
std::string_view to_text(Why why);   // for people: "no DKIM signature"
std::string_view to_token(Why why);  // for machines: "dkim-missing"

// Requires !flow.spf_pass or !flow.dkim_pass, respectively.
Why why_spf(const Flow& flow, OrganizationalDomains& organizations);
Why why_dkim(const Flow& flow, OrganizationalDomains& organizations);

}  // namespace emailauth::report
