#include "policy/import/import.h"

#include <algorithm>

#include "policy/base/inert_text.h"
#include "policy/check/subject.h"
#include "policy/import/import_context.h"
#include "policy/senders/sender_identity.h"
#include "policy/spf/visible_text.h"

namespace emailauth::importing {

namespace {

// Names below a domain that often send, or have a policy of their own.
constexpr const char* kCommonSubdomains[] = {"www",   "mail",    "email", "news",   "newsletter",   "marketing", "info",
                                             "mx",    "smtp",    "em",    "bounce", "bounces",      "send",      "mg",
                                             "go",    "notify",  "alert", "alerts", "support",      "help",      "shop",
                                             "store", "billing", "blog",  "crm",    "transactional"};

// No domain has this name: what is found at it comes from a wildcard.
constexpr const char* kNobodysName = "no-such-name-emailauth";

KnownSender surest(const ImportOptions& options, const MailEvidence& mail) {
  for (const auto& [senders, in_directory] : {std::pair{options.senders, true}, std::pair{options.catalogue, false}}) {
    const std::vector<SenderMatch> matches = identify_sender(senders, mail);
    if (!matches.empty() && matches.front().confidence == Confidence::high)
      return {matches.front().sender, in_directory};
  }
  return {};
}

// What a domain or one of its subdomains publishes, in the order of the sample files.
void import_parts(const ImportContext& context, ordered_json& policy) {
  const ordered_json spf = import_spf(context);
  const std::pair<const char*, ordered_json> parts[] = {{"spf", spf},
                                                        {"dmarc", import_dmarc(context)},
                                                        {"dkim", import_dkim(context, spf)},
                                                        {"bimi", import_bimi(context)},
                                                        {"mta_sts", import_mta_sts(context)},
                                                        {"tls_rpt", import_tls_rpt(context)}};
  for (const auto& [key, value] : parts) {
    if (!value.is_null()) policy[key] = value;
  }
}

// SPF records of a name itself: not those that a CNAME leads to.
std::vector<std::string> own_spf(Dns& dns, const Name& name) {
  const DnsAnswer found = dns.ask(name, RecordType::txt);
  return found.owner == name ? texts_of_version(found, "v=spf1", " ") : std::vector<std::string>();
}

bool has_dmarc(Dns& dns, const Name& name) {
  const Result<Name> where = below("_dmarc", name);
  return where && !texts_of_version(dns.ask(*where, RecordType::txt), "v=DMARC1", "; \t").empty();
}

ordered_json import_subdomains(const ImportContext& parent) {
  std::vector<Name> names = parent.options.subdomains;
  for (const Name& common : common_subdomains()) {
    if (std::find(names.begin(), names.end(), common) == names.end()) names.push_back(common);
  }
  std::vector<DnsQuestion> questions;
  for (const Name& relative : names) {
    const Result<Name> name = relative + parent.domain;
    if (!name) continue;
    questions.push_back({*name, RecordType::txt});
    if (const auto dmarc = below("_dmarc", *name)) questions.push_back({*dmarc, RecordType::txt});
  }
  parent.dns.expect(questions);
  const Result<Name> nobodys = below(kNobodysName, parent.domain);
  const std::vector<std::string> wildcard = nobodys ? own_spf(parent.dns, *nobodys) : std::vector<std::string>();
  if (!wildcard.empty()) {
    parent.note("SPF", parent.domain,
                "a wildcard gives subdomains " + spf::quoted_text(wildcard.front(), 80) +
                    "; it stays in the owner's zone, and works as before");
  }
  ordered_json out;
  for (const Name& relative : names) {
    const Result<Name> name = relative + parent.domain;
    if (!name) continue;
    const std::vector<std::string> spf = own_spf(parent.dns, *name);
    const bool found = (!spf.empty() && spf != wildcard) || has_dmarc(parent.dns, *name);
    const auto& named = parent.options.subdomains;
    if (!found && std::find(named.begin(), named.end(), relative) == named.end()) continue;
    ordered_json entry = ordered_json::object();
    import_parts({*name, parent.dns, parent.options, parent.notes, parent.new_senders}, entry);
    if (!entry.empty()) out[relative.to_string()] = std::move(entry);
  }
  return out;
}

void finish(const CertainDns& dns, ordered_json policy, Import& out) {
  out.failures = dns.failures();
  if (!out.failures.empty()) return;
  out.policy = inert_json(policy.dump(2, ' ', false, ordered_json::error_handler_t::replace)) + "\n";
}

}  // namespace

bool Import::complete() const {
  return exists && failures.empty() &&
         std::all_of(notes.begin(), notes.end(), [](const ImportNote& n) { return n.kind == ImportNote::Kind::note; });
}

std::vector<Name> common_subdomains() {
  std::vector<Name> out;
  for (const char* label : kCommonSubdomains) out.push_back(*Name::parse(label));
  return out;
}

std::optional<std::string> only_record(const ImportContext& context, std::string_view part, std::string_view label,
                                       std::string_view version) {
  const Result<Name> name = below(label, context.domain);
  if (!name) return std::nullopt;
  const std::vector<std::string> records = texts_of_version(context.dns.ask(*name, RecordType::txt), version, "; \t");
  if (records.empty()) return std::nullopt;
  if (records.size() == 1) return records.front();
  context.lost(part, *name,
               std::to_string(records.size()) + " records, none of which receivers use: " +
                   spf::quoted_text(records[0], 60) + " and " + spf::quoted_text(records[1], 60),
               "remove all but one, then import again");
  return std::nullopt;
}

KnownSender sender_of_term(const ImportOptions& options, const std::string& target) {
  MailEvidence mail;
  mail.include = target;
  return surest(options, mail);
}

KnownSender sender_of_key(const ImportOptions& options, const Name& target, const std::string& selector) {
  MailEvidence mail;
  mail.dkim_domain = target;
  mail.selector = selector;
  return surest(options, mail);
}

Import import_domain(Dns& dns, const Name& domain, const ImportOptions& options) {
  Import out;
  CertainDns certain(dns);
  NoteList notes;
  const ImportContext context{domain, certain, options, notes, out.new_senders};
  const DnsAnswer texts = certain.ask(domain, RecordType::txt);
  out.exists = texts.status != DnsStatus::nxdomain;
  out.failures = certain.failures();
  if (!out.exists || texts.failed()) return out;
  ordered_json policy{{"domain", domain.to_string()}};
  import_parts(context, policy);
  const ordered_json subdomains = import_subdomains(context);
  if (!subdomains.is_null()) policy["subdomains"] = subdomains;
  out.notes = notes.take();
  finish(certain, std::move(policy), out);
  return out;
}

}  // namespace emailauth::importing
