#include <algorithm>
#include <map>

#include "policy/check/dmarc_meaning.h"
#include "policy/cutover/compare_context.h"
#include "policy/net/public_suffix.h"
#include "policy/records/report_uri.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cutover {

namespace {

using spf::quoted_text;

constexpr std::size_t kMostGiven = 1000;  // domains whose authorisation is looked at

// Returns the tags that say something: a tag without a value is like no tag.
std::map<std::string, std::string> meaning_of(const std::string& record) {
  std::map<std::string, std::string> out;
  for (const check::Tag& tag : check::parse_tags(record).tags) {
    if (!tag.value.empty()) out.emplace(tag.name, tag.value);
  }
  return out;
}

std::string only_of(const std::vector<std::string>& texts, std::string_view version) {
  DnsAnswer found;
  found.texts = texts;
  const std::vector<std::string> records = texts_of_version(found, version, "; \t");
  return records.size() == 1 ? records.front() : "";
}

void compare_record(const CompareContext& context, PublicationPart part, const Name& name, std::string_view version) {
  const std::string today = only_of(context.dns.ask(name, RecordType::txt).texts, version);
  if (today.empty()) return;
  const std::string ours = only_of(context.our_texts(name), version);
  if (ours.empty()) {
    return context.refuse(to_text(part), name.to_string(), quoted_text(today, 80) + " is live, and the policy has none",
                          Todo("write it in " + context.wanted.file + "; import shows how")
                              .then(context.here(context.command({"emailauth", "import"}))));
  }
  if (meaning_of(today) != meaning_of(ours)) {
    context.change(to_text(part), name.to_string(),
                   quoted_text(today, 80) + " today would be " + quoted_text(ours, 80));
  }
}

bool authorises(const std::vector<std::string>& texts) { return !only_of(texts, "v=DMARC1").empty(); }

// Reports about others that are sent to this domain: their authorisations are below
// _dmarc, and a delegation hides them.
void compare_given(const CompareContext& context) {
  const PublishedRrset* pointer = context.moves(PublicationPart::dmarc);
  if (pointer == nullptr || pointer->key.type != RecordType::ns) return;
  std::vector<std::string> about = {"no-such-domain-emailauth.example"};
  for (const auto& unit : context.responder.snapshot().units) {
    for (const Domain& domain : unit->unit->domains()) {
      if (domain.dmarc == nullptr || !domain.dmarc->rua) continue;
      const bool here = std::any_of(domain.dmarc->rua->begin(), domain.dmarc->rua->end(), [&](const std::string& uri) {
        return mailto_domain(uri) == context.wanted.domain;
      });
      const Result<Name> name = Name::from_wire(std::string(unit->unit->name(domain)) + '\0');
      if (here && name && *name != context.wanted.domain) about.push_back(name->to_string());
    }
  }
  if (about.size() > kMostGiven) {
    context.change("reports", context.wanted.domain.to_string(),
                   "of " + std::to_string(about.size()) + " domains that report here the first " +
                       std::to_string(kMostGiven) + " were checked");
    about.resize(kMostGiven);
  }
  for (const std::string& domain : about) {
    const Result<Name> name = below(domain + "._report._dmarc", context.wanted.domain);
    if (!name || !authorises(context.dns.ask(*name, RecordType::txt).texts) || authorises(context.our_texts(*name)))
      continue;
    const bool any = &domain == &about.front();
    return context.refuse("reports", (any ? "*" : domain) + "._report._dmarc." + context.wanted.domain.to_string(),
                          "it lets other domains send their DMARC reports here, and a delegation of _dmarc hides it",
                          Todo("point by CNAME, which leaves names below alone")
                              .then(context.here(context.command({"emailauth", "cutover"}).option("--way", "cname"))));
  }
}

// Reports about this domain that go to others, who must say that they want them (RFC 9990, 4).
void compare_taken(const CompareContext& context) {
  const Result<Name> where = below("_dmarc", context.wanted.domain);
  if (!where || context.moves(PublicationPart::dmarc) == nullptr) return;
  const auto rua_of = [](const std::vector<std::string>& texts) {
    const std::string record = only_of(texts, "v=DMARC1");
    return record.empty() ? std::vector<std::string>() : *check::dmarc_meaning(record).policy.rua;
  };
  const std::vector<std::string> today = rua_of(context.dns.ask(*where, RecordType::txt).texts);
  const auto organisation = [](const Name& name) { return organizational_domain(name).value_or(name); };
  for (const std::string& uri : rua_of(context.our_texts(*where))) {
    const std::optional<Name> host = mailto_domain(uri);
    const bool known = std::find(today.begin(), today.end(), uri) != today.end();
    if (!host || known || organisation(*host) == organisation(context.wanted.domain)) continue;
    const Result<Name> consent = below(context.wanted.domain.to_string() + "._report._dmarc", *host);
    if (!consent || authorises(context.dns.ask(*consent, RecordType::txt).texts)) continue;
    context.change("reports", consent->to_string(), "reports to " + uri + " are not authorised in DNS",
                   "publish TXT \"v=DMARC1\" there, or have " + host->to_string() + " do so");
  }
}

}  // namespace

void compare_services(const CompareContext& context) {
  constexpr std::pair<PublicationPart, std::string_view> kParts[] = {{PublicationPart::bimi, "v=BIMI1"},
                                                                     {PublicationPart::mta_sts, "v=STSv1"},
                                                                     {PublicationPart::tls_rpt, "v=TLSRPTv1"}};
  for (const auto& [part, version] : kParts) {
    const PublishedRrset* pointer = context.moves(part);
    if (pointer == nullptr) continue;
    std::vector<Name> names;
    for (const PublishedRrset& rrset : context.wanted.rrsets) {
      if (rrset.part == part) names.insert(names.end(), rrset.answers.begin(), rrset.answers.end());
    }
    const Result<Name> usual = below("default._bimi", context.wanted.domain);
    const bool all_move = part == PublicationPart::bimi && pointer->key.type == RecordType::ns;
    if (all_move && usual && std::find(names.begin(), names.end(), *usual) == names.end()) names.push_back(*usual);
    for (const Name& name : names) compare_record(context, part, name, version);
  }
}

void compare_reports(const CompareContext& context) {
  compare_given(context);
  compare_taken(context);
}

}  // namespace emailauth::cutover
