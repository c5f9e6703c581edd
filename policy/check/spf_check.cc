#include "policy/check/spf_check.h"
#include "policy/dns/budget.h"

#include <algorithm>

#include "policy/check/spf_terms.h"
#include "policy/spf/visible_text.h"

namespace emailauth::check {

namespace {

using spf::Mechanism;
using spf::MechanismKind;
using spf::quoted_text;
using spf::Record;

// Where people publish the record by mistake.
constexpr const char* kWrongPlaces[] = {"_spf", "spf", "_dmarc", "_domainkey"};

// "\"v=spf1 ...", " v=spf1", "v=spf 1", "spf1 ...": meant to be SPF, but not SPF.
bool looks_like_spf(const std::string& text) {
  std::string plain;
  for (const char c : ascii_lower(text)) {
    if (c != ' ' && c != '"' && c != '\'' && c != '\t' && static_cast<unsigned char>(c) < 0x80) plain += c;
  }
  const bool begins = plain.starts_with("v=spf") || plain.starts_with("spf1") || plain.starts_with("v:spf1");
  return begins && !plain.starts_with("v=spf2") && !Record::has_version(text);
}

void look_elsewhere(const Subject& subject) {
  for (const char* label : kWrongPlaces) {
    const Result<Name> name = below(label, subject.domain);
    if (!name) continue;
    const std::vector<std::string> records = texts_of_version(subject.dns.ask(*name, RecordType::txt), "v=spf1", " ");
    if (records.empty()) continue;
    return subject.found_at(*name, "spf-wrong-place",
                            quoted_text(records.front()) + " is here; the domain itself has no SPF record");
  }
  subject.found("spf-missing", "the domain has no SPF record");
}

void check_leftovers(const Subject& subject, const DnsAnswer& texts) {
  for (const std::string& text : texts.texts) {
    if (ascii_lower(std::string_view(text).substr(0, 7)) != "spf2.0/") continue;
    subject.found("spf-sender-id", quoted_text(text) + " is a Sender ID record");
  }
  const DnsAnswer type99 = subject.dns.ask(subject.domain, RecordType::spf);
  if (type99.failed() || type99.texts.empty()) return;
  const std::string& text = type99.texts.front();
  const bool same = std::find(texts.texts.begin(), texts.texts.end(), text) != texts.texts.end();
  subject.found("spf-type-99",
                quoted_text(text) + " is published as type SPF" + (same ? "" : ", and not the same as TXT"));
}

// A record that redirects ends as its target does.
void check_redirected_end(const Subject& subject, const Record& record, const SpfTree& tree) {
  const bool own = std::any_of(record.mechanisms().begin(), record.mechanisms().end(),
                               [](const Mechanism& m) { return m.kind == MechanismKind::all; });
  if (own || record.redirect() == nullptr || tree.root.below.empty() || tree.root.below.back().record.empty()) return;
  const std::string end = quoted_text(record.text_of(record.redirect()->span)) + " leads to a record ";
  if (!tree.all)
    subject.found("spf-no-all", end + "without \"all\"");
  else if (*tree.all == spf::Qualifier::pass)
    subject.found("spf-passes-all", end + "that ends in \"+all\"");
  else if (*tree.all == spf::Qualifier::neutral)
    subject.found("spf-neutral-all", end + "that ends in \"?all\"");
}

// Requires exactly one record.
void read_record(const Subject& subject, const DnsAnswer& texts, SpfReport& out) {
  check_spf_size(subject, out.record, texts);
  const std::vector<spf::SyntaxError> errors = spf::check_record(out.record);
  for (const spf::SyntaxError& error : errors) {
    subject.findings.add("spf-syntax", subject.domain.to_string(),
                         "at character " + std::to_string(error.span.offset + 1) + ": " + error.message, "",
                         {out.record, error.span.offset, error.span.length});
  }
  const Result<Record> record = Record::parse(out.record);
  if (!record) return;
  check_spf_terms(subject, *record);
  out.tree = follow_spf(subject, *record);
  check_redirected_end(subject, *record, *out.tree);
  out.sends = std::any_of(record->mechanisms().begin(), record->mechanisms().end(),
                          [](const Mechanism& m) { return m.qualifier == spf::Qualifier::pass; }) ||
              record->redirect() != nullptr;
  for (const Mechanism& mechanism : record->mechanisms()) {
    if (mechanism.kind != MechanismKind::ip4 && mechanism.kind != MechanismKind::ip6) continue;
    const IpPrefix& network = mechanism.network;
    const bool single = network.length() == address_bits(network.family());
    if (single && !is_private(network)) out.hosts.push_back(network.first());
  }
}

void check_tree(const Subject& subject, const SpfTree& tree) {
  const std::string more = tree.followed ? "" : " and more";
  const std::string lookups =
      std::to_string(tree.root.lookups) + more + " lookups of " + std::to_string(kReceiverLookups) + " allowed";
  if (tree.root.lookups > kReceiverLookups) {
    subject.found("spf-too-many-lookups", "the record takes " + lookups);
  } else if (tree.root.lookups == kReceiverLookups) {
    subject.found("spf-lookups-at-limit", "the record takes " + lookups);
  }
  if (tree.root.void_lookups > kReceiverVoidLookups) {
    subject.found("spf-too-many-void-lookups", "the record makes " + std::to_string(tree.root.void_lookups) +
                                                   " lookups that find nothing, of " +
                                                   std::to_string(kReceiverVoidLookups) + " allowed");
  }
}

}  // namespace

SpfReport check_spf(const Subject& subject) {
  SpfReport out;
  const DnsAnswer texts = subject.dns.ask(subject.domain, RecordType::txt);
  if (texts.failed()) {
    subject.found("spf-unavailable", "TXT: " + failure_text(texts));
    return out;
  }
  const std::vector<std::string> records = texts_of_version(texts, "v=spf1", " ");
  if (records.size() == 1) {
    out.record = records.front();
    read_record(subject, texts, out);
    if (out.tree) check_tree(subject, *out.tree);
    if (const auto target = cname_beside(subject.dns, texts, subject.domain)) {
      subject.found("spf-beside-cname", quoted_text(out.record) + " is next to a CNAME to " + target->to_string());
    }
  } else if (records.size() > 1) {
    std::string what = "the domain has " + std::to_string(records.size()) + " SPF records: ";
    for (std::size_t i = 0; i < records.size(); ++i) what += (i == 0 ? "" : " and ") + quoted_text(records[i], 100);
    subject.found("spf-two-records", what);
  } else {
    const auto like = std::find_if(texts.texts.begin(), texts.texts.end(), looks_like_spf);
    if (like == texts.texts.end())
      look_elsewhere(subject);
    else
      subject.found("spf-not-recognised", quoted_text(*like) + " is not read as SPF");
  }
  check_leftovers(subject, texts);
  return out;
}

}  // namespace emailauth::check
