#include "policy/report/flow.h"

#include <algorithm>

#include "policy/net/dns_name.h"
#include "policy/net/public_suffix.h"
#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

bool aligned(const std::string& domain, const std::string& from, Alignment mode, OrganizationalDomains& organizations) {
  return mode == Alignment::strict ? domain == from : organizations.aligned(domain, from);
}

bool dkim_passes(const AggregateRecord& record, Alignment mode, OrganizationalDomains& organizations) {
  if (record.dkim != Verdict::unspecified) return record.dkim == Verdict::pass;
  return std::any_of(record.dkim_results.begin(), record.dkim_results.end(), [&](const DkimResult& one) {
    return one.result == AuthResult::pass && aligned(one.domain, record.header_from, mode, organizations);
  });
}

bool spf_passes(const AggregateRecord& record, Alignment mode, OrganizationalDomains& organizations) {
  if (record.spf != Verdict::unspecified) return record.spf == Verdict::pass;
  return std::any_of(record.spf_results.begin(), record.spf_results.end(), [&](const SpfResult& one) {
    return one.result == AuthResult::pass && one.scope != SpfScope::helo &&
           aligned(one.domain, record.header_from, mode, organizations);
  });
}

bool says_forwarded(Override type) {
  return type == Override::forwarded || type == Override::trusted_forwarder || type == Override::mailing_list;
}

// Receivers that accept a mail because of ARC say so in the comment: "arc=pass".
bool says_arc(const std::string& comment) {
  const std::string text = ascii_lower(comment);
  const std::size_t at = text.find("arc");
  return at != text.npos && text.find("pass", at) != text.npos;
}

// Names in reports may contain the characters that separate fields; no real name does.
std::string field(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '|' || c == ' '; }, '_');
  return text;
}

// Takes the part up to `separator` off `text`.
std::string_view take_part(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return part;
}

}  // namespace

const std::string& OrganizationalDomains::of(const std::string& domain) {
  const auto known = known_.find(domain);
  if (known != known_.end()) return known->second;
  std::string found = domain;
  if (const Result<Name> name = Name::parse(domain); name && !name->is_root()) {
    if (const auto organization = organizational_domain(*name)) found = organization->to_string();
  }
  return known_.emplace(domain, std::move(found)).first->second;
}

Flow flow_of(const AggregateRecord& record, const PublishedPolicy& policy, OrganizationalDomains& organizations) {
  Flow out;
  out.source = record.source;
  out.header_from = record.header_from;
  out.envelope_from = record.envelope_from;
  out.dkim_pass = dkim_passes(record, policy.adkim, organizations);
  out.spf_pass = spf_passes(record, policy.aspf, organizations);
  for (const DkimResult& one : record.dkim_results) {
    if (one.result == AuthResult::none || (one.domain.empty() && one.selector.empty())) continue;
    const Signature signature{field(one.domain), field(one.selector), one.result};
    if (std::find(out.signatures.begin(), out.signatures.end(), signature) == out.signatures.end())
      out.signatures.push_back(signature);
  }
  for (const SpfResult& one : record.spf_results) {
    const SpfCheck check{field(one.domain), one.scope, one.result};
    if (std::find(out.spf.begin(), out.spf.end(), check) == out.spf.end()) out.spf.push_back(check);
  }
  for (const OverrideReason& reason : record.reasons) {
    if (says_forwarded(reason.type)) out.forwarded = true;
    if (says_arc(reason.comment)) out.arc = true;
  }
  return out;
}

// "d=example.com|s1|pass m=example.com|fail forwarded arc"
std::string results_text(const Flow& flow) {
  std::string out;
  for (const Signature& one : flow.signatures)
    ((((out += "d=") += one.domain + '|') += one.selector + '|') += to_text(one.result)) += ' ';
  for (const SpfCheck& one : flow.spf) {
    out += one.scope == SpfScope::helo ? "h=" : one.scope == SpfScope::mfrom ? "m=" : "u=";
    ((out += one.domain + '|') += to_text(one.result)) += ' ';
  }
  if (flow.forwarded) out += "forwarded ";
  if (flow.arc) out += "arc ";
  if (!out.empty()) out.pop_back();
  return out;
}

void parse_results(std::string_view text, Flow& flow) {
  while (!text.empty()) {
    std::string_view word = take_part(text, ' ');
    if (word == "forwarded") flow.forwarded = true;
    if (word == "arc") flow.arc = true;
    if (word.size() < 2 || word[1] != '=') continue;
    const char kind = word[0];
    word.remove_prefix(2);
    const std::string domain(take_part(word, '|'));
    if (kind == 'd') {
      const std::string selector(take_part(word, '|'));
      flow.signatures.push_back({domain, selector, parse_auth_result(word)});
    } else {
      const SpfScope scope = kind == 'h' ? SpfScope::helo : kind == 'm' ? SpfScope::mfrom : SpfScope::unspecified;
      flow.spf.push_back({domain, scope, parse_auth_result(word)});
    }
  }
}

std::string_view to_text(Why why) {
  switch (why) {
    case Why::spf_return_path: return "return path of another domain";
    case Why::spf_unlisted: return "address not in the SPF record";
    case Why::spf_error: return "SPF not evaluated";
    case Why::dkim_missing: return "no DKIM signature";
    case Why::dkim_unaligned: return "signed for another domain";
    case Why::dkim_broken: return "DKIM signature broken";
  }
  return {};
}

std::string_view to_token(Why why) {
  switch (why) {
    case Why::spf_return_path: return "spf-return-path";
    case Why::spf_unlisted: return "spf-unlisted";
    case Why::spf_error: return "spf-error";
    case Why::dkim_missing: return "dkim-missing";
    case Why::dkim_unaligned: return "dkim-unaligned";
    case Why::dkim_broken: return "dkim-broken";
  }
  return {};
}

Why why_spf(const Flow& flow, OrganizationalDomains& organizations) {
  bool unlisted = false;
  bool elsewhere = false;
  for (const SpfCheck& one : flow.spf) {
    const bool own = organizations.aligned(one.domain, flow.header_from);
    const bool error = one.result == AuthResult::temperror || one.result == AuthResult::permerror;
    if (own && !error && one.result != AuthResult::pass && one.result != AuthResult::unspecified) unlisted = true;
    // A pass that does not count is one for the HELO, or for a subdomain under strict alignment.
    if (!own || one.result == AuthResult::pass) elsewhere = true;
  }
  return unlisted ? Why::spf_unlisted : elsewhere ? Why::spf_return_path : Why::spf_error;
}

Why why_dkim(const Flow& flow, OrganizationalDomains& organizations) {
  if (flow.signatures.empty()) return Why::dkim_missing;
  const bool broken = std::any_of(flow.signatures.begin(), flow.signatures.end(), [&](const Signature& one) {
    return one.result != AuthResult::pass && organizations.aligned(one.domain, flow.header_from);
  });
  return broken ? Why::dkim_broken : Why::dkim_unaligned;
}

}  // namespace emailauth::report
