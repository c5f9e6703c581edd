#include "policy/check/service_check.h"

#include <algorithm>

#include "policy/records/report_uri.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::check {

namespace {

using spf::quoted_text;

// Returns the only record of that version at a name; "" after a finding, or if there is none.
std::string only_record(const Subject& subject, const Name& name, std::string_view version, FindingName several) {
  const std::vector<std::string> records = texts_of_version(subject.dns.ask(name, RecordType::txt), version, "; \t");
  if (records.size() > 1)
    subject.found_at(name, several, quoted_text(records[0], 100) + " and " + quoted_text(records[1], 100));
  return records.size() == 1 ? records.front() : "";
}

// The version comes first, in this case, and the rest is tags.
bool is_well_formed(const TagList& tags, std::string_view version) {
  return tags.broken.empty() && tags.twice.empty() && !tags.tags.empty() && tags.tags[0].name == "v" &&
         tags.tags[0].value == version;
}

bool is_sts_id(const std::string& id) {
  return !id.empty() && id.size() <= 32 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

std::string check_mta_sts(const Subject& subject) {
  const Result<Name> name = below("_mta-sts", subject.domain);
  const Result<Name> host = below("mta-sts", subject.domain);
  if (!name || !host) return "";
  std::string record = only_record(subject, *name, "v=STSv1", "mta-sts-two-records");
  if (record.empty()) return record;
  const TagList tags = parse_tags(record);
  const std::string* id = tags.find("id");
  if (!is_well_formed(tags, "STSv1") || id == nullptr || !is_sts_id(*id)) {
    const std::string why = id == nullptr     ? " has no id="
                            : !is_sts_id(*id) ? ": the id is not 1 to 32 letters and digits"
                                              : " cannot be read";
    subject.found_at(*name, "mta-sts-syntax", quoted_text(record) + why);
  }
  const DnsAnswer v4 = subject.dns.ask(*host, RecordType::a);
  const DnsAnswer v6 = subject.dns.ask(*host, RecordType::aaaa);
  if (v4.empty() && v6.empty() && !v4.failed() && !v6.failed())
    subject.found_at(*host, "mta-sts-no-host", in_quotes(host->to_string()) + " has no address");
  return record;
}

std::string check_tls_rpt(const Subject& subject) {
  const Result<Name> name = below("_smtp._tls", subject.domain);
  if (!name) return "";
  std::string record = only_record(subject, *name, "v=TLSRPTv1", "tls-rpt-two-records");
  if (record.empty()) return record;
  const TagList tags = parse_tags(record);
  const std::string* rua = tags.find("rua");
  if (!is_well_formed(tags, "TLSRPTv1") || rua == nullptr || split(*rua, ',').empty()) {
    subject.found_at(*name, "tls-rpt-syntax",
                     quoted_text(record) + (rua == nullptr ? " has no rua=" : " cannot be read"));
    return record;
  }
  for (const std::string& uri : split(*rua, ',')) {
    const Result<std::string> good = check_report_uri(uri, true);
    if (!good) subject.found_at(*name, "tls-rpt-syntax", "rua: " + good.error().message);
  }
  return record;
}

}  // namespace

std::string check_bimi(const Subject& subject, const DmarcReport& dmarc, std::string_view selector) {
  const Result<Name> name = below(std::string(selector) + "._bimi", subject.domain);
  if (!name) return "";
  std::string record = only_record(subject, *name, "v=BIMI1", "bimi-two-records");
  if (record.empty()) return record;
  const TagList tags = parse_tags(record);
  const std::string* logo = tags.find("l");
  const std::string* evidence = tags.find("a");
  if (!is_well_formed(tags, "BIMI1") || logo == nullptr) {
    subject.found_at(*name, "bimi-syntax", quoted_text(record) + (logo == nullptr ? " has no l=" : ""));
    return record;
  }
  if (logo->empty()) return record;  // declines
  for (const std::string* uri : {logo, evidence}) {
    if (uri != nullptr && !uri->empty() && !equals_ignoring_case(std::string_view(*uri).substr(0, 8), "https://"))
      subject.found_at(*name, "bimi-not-https", quoted_text(*uri) + " is not an https address");
  }
  if (evidence == nullptr || evidence->empty()) subject.found_at(*name, "bimi-no-evidence", "the record has no a=");
  const bool strong = !dmarc.record.empty() && dmarc.policy != DmarcAction::none &&
                      dmarc.subdomain_policy != DmarcAction::none && dmarc.applies_to_all_mail;
  if (!strong) {
    const std::string has =
        dmarc.record.empty() ? "the domain has no DMARC record" : "DMARC is " + quoted_text(dmarc.record);
    subject.found_at(*name, "bimi-dmarc-too-weak", has);
  }
  return record;
}

ServiceReport check_services(const Subject& subject, const DmarcReport& dmarc) {
  ServiceReport out;
  out.bimi = check_bimi(subject, dmarc, "default");
  out.mta_sts = check_mta_sts(subject);
  out.tls_rpt = check_tls_rpt(subject);
  if (!out.mta_sts.empty() && out.tls_rpt.empty() && !subject.findings.has("tls-rpt-two-records"))
    subject.found("tls-rpt-missing", "there is MTA-STS and no TLS-RPT record");
  return out;
}

}  // namespace emailauth::check
