#include "policy/check/check.h"

#include <algorithm>
#include <array>

#include "policy/spf/target_name.h"

namespace emailauth::check {

namespace {

void expect_usual_names(Dns& dns, const Name& domain) {
  std::vector<DnsQuestion> questions;
  for (const RecordType type : {RecordType::a, RecordType::aaaa, RecordType::spf}) questions.push_back({domain, type});
  for (const char* label : {"_dmarc", "_mta-sts", "_smtp._tls", "default._bimi", "_domainkey"}) {
    if (const auto name = below(label, domain)) questions.push_back({*name, RecordType::txt});
  }
  dns.expect(questions);
}

// Returns false, after a finding, if there is nothing to check.
bool is_there(const Subject& subject, DomainReport& out) {
  const std::array first = {DnsQuestion{subject.domain, RecordType::txt}, DnsQuestion{subject.domain, RecordType::mx}};
  subject.dns.expect(first);
  const DnsAnswer texts = subject.dns.ask(subject.domain, RecordType::txt);
  out.dnssec = texts.validation;
  if (texts.status == DnsStatus::nxdomain) {
    const bool alias = texts.owner != subject.domain;
    const std::string what = alias
                                 ? "its CNAME leads to " + in_quotes(texts.owner.to_string()) + ", which does not exist"
                                 : "the domain does not exist";
    subject.found("domain-missing", what);
    return false;
  }
  if (!texts.failed()) return true;
  if (texts.validation == Validation::bogus) {
    subject.found("dnssec-bogus", failure_text(texts));
    return false;
  }
  // A server that fails for TXT alone is SPF's trouble.
  const DnsAnswer mx = subject.dns.ask(subject.domain, RecordType::mx);
  if (!mx.failed()) return true;
  out.timed_out = texts.status == DnsStatus::timeout && mx.status == DnsStatus::timeout;
  if (out.timed_out)
    subject.found("dns-timeout", "the resolver does not answer in time");
  else
    subject.found("dns-servfail", "the resolver answers SERVFAIL");
  return false;
}

// Finds a signed zone whose _dmarc or _domainkey is answered without a signature.
void check_pointers(const Subject& subject, Validation domain) {
  if (domain != Validation::secure) return;
  for (const char* label : {"_dmarc", "_domainkey"}) {
    const Result<Name> name = below(label, subject.domain);
    if (!name) continue;
    const DnsAnswer found = subject.dns.ask(*name, RecordType::txt);
    if (found.validation == Validation::bogus)
      subject.found_at(*name, "dnssec-bogus", failure_text(found));
    else if (found.validation == Validation::insecure)
      subject.found_at(*name, "dnssec-weaker-pointer", "the name is answered without a signature");
  }
}

// Sends no new queries.
std::vector<std::pair<Name, Validation>> states_on_the_way(const Subject& subject, const DomainReport& report) {
  std::vector<std::pair<Name, Validation>> out;
  const auto add = [&](const Result<Name>& name, RecordType type) {
    if (!name || name->is_root()) return;
    const Validation state = subject.dns.ask(*name, type).validation;
    const auto known = std::find_if(out.begin(), out.end(), [&](const auto& one) { return one.first == *name; });
    if (state != Validation::unknown && known == out.end()) out.emplace_back(*name, state);
  };
  for (const char* label : {"_dmarc", "_domainkey"}) add(below(label, subject.domain), RecordType::txt);
  if (report.spf.tree) {
    for (const SpfNode& node : report.spf.tree->root.below) {
      if (!node.record.empty()) add(spf::target_name(node.name), RecordType::txt);
    }
  }
  for (const Name& host : report.mx.hosts) add(host, RecordType::a);
  return out;
}

}  // namespace

DomainReport check_domain(Dns& dns, const Name& domain, const CheckOptions& options) {
  DomainReport out;
  out.domain = domain;
  const Subject subject{domain, dns, out.findings};
  if (!is_there(subject, out)) return out;
  out.answered = true;
  expect_usual_names(dns, domain);
  out.spf = check_spf(subject);
  out.mx = check_mx(subject, out.spf);
  check_reverse(subject, out.spf.hosts);
  out.dmarc = check_dmarc(subject);
  out.dkim = check_dkim(subject, options.selectors, out.spf.sends);
  out.services = check_services(subject, out.dmarc);
  check_pointers(subject, out.dnssec);
  out.depends_on = states_on_the_way(subject, out);
  out.hosts = find_hosts(subject, out.spf, out.dmarc, out.dkim, options.catalogue);
  out.findings.sort();
  return out;
}

}  // namespace emailauth::check
