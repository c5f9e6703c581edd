#include "policy/cutover/cutover.h"

#include <algorithm>

#include "policy/base/command_line.h"
#include "policy/cutover/compare_context.h"

namespace emailauth::cutover {

bool CutoverReport::safe() const {
  return failures.empty() && std::none_of(findings.begin(), findings.end(), [](const CutoverFinding& f) {
           return f.weight == CutoverFinding::Weight::refuse;
         });
}

const PublishedRrset* CompareContext::moves(PublicationPart part) const {
  const auto at = std::find_if(wanted.rrsets.begin(), wanted.rrsets.end(),
                               [part](const PublishedRrset& rrset) { return rrset.part == part; });
  return at == wanted.rrsets.end() ? nullptr : &*at;
}

CommandLine CompareContext::command(std::initializer_list<std::string_view> verbs) const {
  return CommandLine(verbs).operand(wanted.domain.to_string());
}

CommandLine CompareContext::here(const CommandLine& command) const { return in_directory(command, options.directory); }

std::vector<std::string> CompareContext::our_texts(const Name& name) const {
  std::vector<std::string> texts;
  for (const Record& record : responder.answer(name).records) {
    if (record.type == RecordType::txt) texts.push_back(record.data);
    if (record.type != RecordType::cname) continue;
    const Result<Name> target = Name::parse(record.data);
    if (!target) continue;
    const DnsAnswer found = dns.ask(*target, RecordType::txt);
    texts.insert(texts.end(), found.texts.begin(), found.texts.end());
  }
  return texts;
}

CutoverReport compare_before(Dns& dns, const Responder& responder, const Publication& wanted,
                             const CutoverOptions& options) {
  CutoverReport out;
  CertainDns certain(dns);
  const CompareContext context{certain, responder, wanted, options, out};
  if (certain.ask(wanted.domain, RecordType::txt).failed()) {
    out.failures = certain.failures();
    return out;
  }
  compare_dkim(context);
  compare_spf(context);
  compare_dmarc(context);
  compare_services(context);
  compare_reports(context);
  out.failures = certain.failures();
  std::stable_sort(out.findings.begin(), out.findings.end(),
                   [](const CutoverFinding& a, const CutoverFinding& b) { return a.weight < b.weight; });
  return out;
}

}  // namespace emailauth::cutover
