// policy/report/aggregate_report.h - A DMARC aggregate report (RFC 9990; RFC 7489, appendix C).
//
// Reads the XML as standards demand and as receivers write it: with any namespace or none, in any case, elements in any
// order, unknown elements, octets that are not UTF-8. Refuses a document type, so that no entity is ever expanded.
// Knows nothing about files, mail or who sent what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/net/ip_prefix.h"

namespace emailauth::report {

// "unspecified" means that the report leaves it out, or has a word that no standard knows.
enum class Disposition : std::uint8_t { unspecified, none, pass, quarantine, reject };
enum class Alignment : std::uint8_t { unspecified, relaxed, strict };
enum class Discovery : std::uint8_t { unspecified, psl, treewalk };
enum class Verdict : std::uint8_t { unspecified, pass, fail };
enum class SpfScope : std::uint8_t { unspecified, helo, mfrom };
// RFC 8601, 2.7. Old receivers' "hardfail", "unknown" and "error" are fail, permerror and temperror.
enum class AuthResult : std::uint8_t { unspecified, none, pass, fail, softfail, neutral, policy, temperror, permerror };
enum class Override : std::uint8_t {
  other,
  forwarded,
  sampled_out,
  trusted_forwarder,
  mailing_list,
  local_policy,
  policy_test_mode
};

std::string_view to_text(Disposition disposition);  // "none"; "" if unspecified
std::string_view to_text(AuthResult result);
std::string_view to_text(Override reason);
std::string_view to_text(SpfScope scope);
Disposition parse_disposition(std::string_view text);
AuthResult parse_auth_result(std::string_view text);
Override parse_override(std::string_view text);
SpfScope parse_spf_scope(std::string_view text);

struct PublishedPolicy {
  std::string domain;  // lower case
  std::string version;
  Alignment adkim = Alignment::unspecified;
  Alignment aspf = Alignment::unspecified;
  Disposition p = Disposition::unspecified;
  Disposition sp = Disposition::unspecified;
  Disposition np = Disposition::unspecified;
  bool testing = false;
  std::string pct;  // as written; RFC 9990 has none
  std::string fo;
  Discovery discovery = Discovery::unspecified;
};

struct OverrideReason {
  Override type = Override::other;
  std::string comment;
};

struct DkimResult {
  std::string domain;    // d=, lower case
  std::string selector;  // s=, lower case
  AuthResult result = AuthResult::unspecified;
  std::string human_result;
};

struct SpfResult {
  std::string domain;  // lower case
  SpfScope scope = SpfScope::unspecified;
  AuthResult result = AuthResult::unspecified;
  std::string human_result;
};

struct Extension {
  std::string name;
  std::string definition;
};

struct AggregateRecord {
  IpAddress source;
  std::uint64_t count = 0;  // messages
  Disposition disposition = Disposition::unspecified;
  Verdict dkim = Verdict::unspecified;  // aligned
  Verdict spf = Verdict::unspecified;
  std::vector<OverrideReason> reasons;
  std::string envelope_to;  // domains, lower case
  std::string envelope_from;
  std::string header_from;
  std::vector<DkimResult> dkim_results;
  std::vector<SpfResult> spf_results;
  std::vector<Extension> extensions;
};

struct AggregateReport {
  std::string version;       // of the format, as written
  std::string organisation;  // org_name; the domain of the e-mail address if that is empty
  std::string email;
  std::string contact;
  std::string id;
  std::int64_t begin = 0;  // seconds since 1970
  std::int64_t end = 0;
  std::vector<std::string> errors;  // complaints of the receiver
  std::string generator;
  PublishedPolicy policy;
  std::vector<AggregateRecord> records;
  std::vector<Extension> extensions;
};

// The limits of one report; a larger one is refused.
inline constexpr std::size_t kMaxRecords = 500'000;
inline constexpr std::size_t kMaxResults = 100;  // DKIM, or SPF, results of one record

// Reads a report. The error says which element is wrong, quotes it, and says what
// a report has there. A report is refused as a whole.
Result<AggregateReport> parse_aggregate_report(std::string_view xml);

}  // namespace emailauth::report
