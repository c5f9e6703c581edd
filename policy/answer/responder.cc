#include "policy/answer/responder.h"

#include <algorithm>
#include <array>
#include <optional>

#include "policy/net/public_suffix.h"
#include "policy/records/dkim_chain.h"

namespace emailauth {

namespace {

// RFC 1035, 3.3.13: refresh, retry, expire; these zones are never transferred.
constexpr std::string_view kSoaTimers = " 10800 3600 604800 ";

AnswerFamily family_of(HostedFamily family) {
  switch (family) {
    case HostedFamily::dmarc: return AnswerFamily::dmarc;
    case HostedFamily::dkim: return AnswerFamily::dkim;
    case HostedFamily::bimi: return AnswerFamily::bimi;
    case HostedFamily::mta_sts: return AnswerFamily::mta_sts;
    case HostedFamily::tls_rpt: return AnswerFamily::tls_rpt;
  }
  return AnswerFamily::other;
}

// Returns true if `below` is below the name: then the name is at least an empty non-terminal.
bool is_above(const NameView& name, const Name& below) {
  NameView view;
  return view.assign(below.wire()) && view.begin_of_suffix(name.wire()).value_or(0) > 0;
}

}  // namespace

std::uint32_t zone_id(std::string_view apex_wire_lower) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : apex_wire_lower) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return 0x40000000U | (hash >> 2);
}

Responder::Responder(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {
  const ResponderPolicy& policy = snapshot_->responder->policy;
  for (const Name& server : policy.nameservers) nameservers_.push_back(server.to_string());
  if (!nameservers_.empty()) soa_head_ = nameservers_.front() + " " + policy.hostmaster.to_string() + " ";
  soa_tail_ = std::string(kSoaTimers) + std::to_string(policy.ttl.negative);
}

Responder::Found Responder::locate(const NameView& name) const {
  Found found;
  for (const ResponderZone& zone : snapshot_->responder->zones) {
    const std::optional<std::size_t> begin = name.begin_of_suffix(zone.apex.wire());
    if (!begin) continue;
    found.zone = &zone;
    found.begin = *begin;
    found.serial = snapshot_->serial;
    return found;
  }
  const std::optional<HostedName> hosted = parse_hosted_name(name, name.label_count());
  if (!hosted) return found;
  const DomainIndex::Node* node =
      snapshot_->domains.find(labels_between(name, hosted->domain_begin, name.label_count()));
  if (node == nullptr || !node->zones.has(hosted->family)) return found;
  found.node = node;
  found.hosted = *hosted;
  found.begin = hosted->apex_begin;
  found.serial = snapshot_->responder->policy.serial.value_or(
      std::max(node->unit->serial(snapshot_->today), snapshot_->responder->serial));
  return found;
}

void Responder::answer(std::string_view wire, Answer& answer) const {
  std::vector<Record> records = std::move(answer.records);
  answer = Answer();
  answer.records = std::move(records);
  answer.records.clear();
  std::array<char, NameView::kMaxOctets> lower{};
  if (wire.size() > lower.size()) return;
  std::transform(wire.begin(), wire.end(), lower.begin(),
                 [](char c) { return static_cast<char>(ascii_lower(static_cast<unsigned char>(c))); });
  NameView name;
  if (!name.assign({lower.data(), wire.size()})) return;
  const Found found = locate(name);
  if (found.zone == nullptr && found.node == nullptr) return;
  answer.kind = Answer::Kind::missing;
  answer.zone_begin = found.begin;
  const std::string_view apex = name.wire_from(found.begin);
  answer.zone_octets = apex.size();
  answer.zone_id = zone_id(apex);
  answer.serial = found.serial;
  if (found.begin == 0) add_apex(found.serial, answer);
  if (found.zone != nullptr)
    answer_responder_zone(*found.zone, name, found.begin, answer);
  else
    answer_hosted(*found.node, found.hosted, name, answer);
}

Answer Responder::answer(const Name& name) const {
  Answer out;
  answer(name.wire(), out);
  return out;
}

void Responder::add_text(std::uint32_t ttl, std::string text, Answer& answer) const {
  answer.kind = Answer::Kind::exists;
  answer.records.push_back({RecordType::txt, ttl, std::move(text)});
}

void Responder::add_apex(std::uint32_t serial, Answer& answer) const {
  const ResponderPolicy& policy = snapshot_->responder->policy;
  answer.kind = Answer::Kind::exists;
  answer.family = AnswerFamily::apex;
  answer.records.push_back({RecordType::soa, policy.ttl.static_records, soa_data(serial)});
  for (const std::string& server : nameservers_) {
    answer.records.push_back({RecordType::ns, policy.ttl.static_records, server});
  }
}

std::string Responder::soa_data(std::uint32_t serial) const { return soa_head_ + std::to_string(serial) + soa_tail_; }

void Responder::answer_responder_zone(const ResponderZone& zone, const NameView& name, std::size_t count,
                                      Answer& answer) const {
  const ResponderPolicy& policy = snapshot_->responder->policy;
  if (zone.report_host && zone.report_host->wire() == name.wire()) {
    answer.kind = Answer::Kind::exists;
    int preference = 0;
    for (const Name& exchange : policy.report_mx) {
      answer.records.push_back(
          {RecordType::mx, policy.ttl.static_records, std::to_string(preference += 10) + " " + exchange.to_string()});
    }
  }
  if (count == 0) return;
  if (count == 1 && name.label(0) == "_dmarc") {
    answer.family = AnswerFamily::dmarc;
    return add_text(policy.ttl.static_records, responder_zone_dmarc_record(), answer);
  }
  if (answer_report(zone, name, answer) || answer_views(zone, name, answer)) return;
  if (zone.is_mirror) answer_mirror(name, count, answer);
  const bool above = (zone.report_node && is_above(name, *zone.report_node)) ||
                     std::any_of(zone.views.begin(), zone.views.end(),
                                 [&](const SpfView& view) { return is_above(name, view.apex()); });
  if (above) answer.kind = Answer::Kind::exists;
}

// "<domain>._report._dmarc.<host>" (RFC 9990, 4): only the domains managed here may have their reports sent to the
// mailbox.
bool Responder::answer_report(const ResponderZone& zone, const NameView& name, Answer& answer) const {
  if (!zone.report_node) return false;
  const std::optional<std::size_t> count = name.begin_of_suffix(zone.report_node->wire());
  if (!count) return false;
  if (*count == 0) {
    answer.kind = Answer::Kind::exists;
    return true;
  }
  const DomainIndex::Node* node = snapshot_->domains.find(labels_between(name, 0, *count));
  if (node == nullptr || !node->has_managed) return true;
  answer.kind = Answer::Kind::exists;
  answer.family = AnswerFamily::report;
  if (node->domain != nullptr && !node->is_alias) {
    add_text(snapshot_->responder->policy.ttl.static_records, "v=DMARC1", answer);
  }
  return true;
}

// "_dmarc-of.example.com.<mirror zone>" answers like "_dmarc.example.com".
void Responder::answer_mirror(const NameView& name, std::size_t count, Answer& answer) const {
  const bool old_names = snapshot_->responder->policy.mirror_old_names;
  if (const std::optional<HostedName> hosted = parse_mirror_name(name, count, old_names)) {
    const DomainIndex::Node* node = snapshot_->domains.find(labels_between(name, hosted->domain_begin, count));
    if (node != nullptr && node->domain == nullptr && hosted->apex_begin == 0 && name.label(0) == "_dmarc")
      return answer_mirrored_suffix(*node, answer);
    if (node == nullptr || node->domain == nullptr || node->is_alias || !holds(*node->domain, hosted->family)) return;
    return answer_hosted(*node, *hosted, name, answer);
  }
  const std::size_t begin = is_mirror_tls_node(name, count, old_names) ? 1 : 0;
  const DomainIndex::Node* node = snapshot_->domains.find(labels_between(name, begin, count));
  if (node == nullptr || !node->has_hosted) return;
  if (begin == 1 && (node->domain == nullptr || node->is_alias || node->domain->tls_rpt == nullptr)) return;
  answer.kind = Answer::Kind::exists;
}

// "_dmarc.com.<mirror zone>", among the old names: receivers that walk up from "example.com.<mirror zone>" (RFC 9989,
// 4.10.2) see there that names below this one belong to different owners, as names below "com" do.
void Responder::answer_mirrored_suffix(const DomainIndex::Node& node, Answer& answer) const {
  const Result<Name> name = Name::from_wire(std::string(node.labels()) + '\0');
  if (!node.has_hosted || !name || !is_public_suffix(*name)) return;
  answer.family = AnswerFamily::dmarc;
  add_text(snapshot_->responder->policy.ttl.static_records, mirrored_suffix_dmarc_record(), answer);
}

void Responder::answer_hosted(const DomainIndex::Node& node, const HostedName& hosted, const NameView& name,
                              Answer& answer) const {
  const ResponderPolicy& policy = snapshot_->responder->policy;
  const Domain& domain = *node.domain;
  answer.family = family_of(hosted.family);
  if (!holds(domain, hosted.family)) return;  // the zone is empty
  switch (hosted.family) {
    case HostedFamily::dkim: return answer_selector(*domain.dkim, name, hosted.apex_begin, answer);
    case HostedFamily::bimi: return answer_selector(*domain.bimi, name, hosted.apex_begin, answer);
    case HostedFamily::dmarc:
      if (hosted.apex_begin == 0)
        add_text(policy.ttl.static_records, to_record(*domain.dmarc, policy.report_mailbox), answer);
      return;
    case HostedFamily::mta_sts:
      if (hosted.apex_begin == 0) add_text(policy.ttl.static_records, *domain.mta_sts, answer);
      return;
    case HostedFamily::tls_rpt:
      if (hosted.apex_begin == 0) add_text(policy.ttl.static_records, *domain.tls_rpt, answer);
      return;
  }
}

void Responder::answer_selector(const SelectorTable& table, const NameView& name, std::size_t count,
                                Answer& answer) const {
  const std::uint32_t ttl = snapshot_->responder->policy.ttl.static_records;
  if (count == 0) {
    answer.kind = Answer::Kind::exists;
    return;
  }
  const SelectorTable::Entry* entry = table.find(labels_between(name, 0, count));
  if (entry != nullptr && entry->revoked_from <= snapshot_->today)
    return add_text(ttl, std::string(kRevokedSelectorRecord), answer);
  if (entry != nullptr && entry->kind == SelectorTable::Kind::txt) return add_text(ttl, entry->content, answer);
  if (entry != nullptr && entry->kind == SelectorTable::Kind::cname) {
    answer.kind = Answer::Kind::exists;
    if (is_endless(*entry)) return;
    std::string target = to_presentation(entry->content);
    answer.records.push_back({RecordType::cname, ttl, std::move(target)});
    return;
  }
  if (table.other() == OtherSelectors::revoked) {
    answer.unbounded = true;
    return add_text(ttl, std::string(kRevokedSelectorRecord), answer);
  }
  if (entry != nullptr) answer.kind = Answer::Kind::exists;
}

// Returns the policy's entry for a DKIM selector, found by its own name or by that in the mirror zone.
const SelectorTable::Entry* Responder::selector_at(const NameView& name) const {
  const Found found = locate(name);
  const DomainIndex::Node* node = found.node;
  HostedName hosted = found.hosted;
  if (found.zone != nullptr && found.zone->is_mirror) {
    const bool old_names = snapshot_->responder->policy.mirror_old_names;
    const std::optional<HostedName> mirrored = parse_mirror_name(name, found.begin, old_names);
    if (!mirrored) return nullptr;
    hosted = *mirrored;
    node = snapshot_->domains.find(labels_between(name, hosted.domain_begin, found.begin));
  }
  if (node == nullptr || node->domain == nullptr || node->is_alias || hosted.family != HostedFamily::dkim ||
      node->domain->dkim == nullptr)
    return nullptr;
  return node->domain->dkim->find(labels_between(name, 0, hosted.apex_begin));
}

// Returns true if CNAMEs of ours lead back to this one, or are more than the name server follows: it would answer
// SERVFAIL.
bool Responder::is_endless(const SelectorTable::Entry& cname) const {
  const SelectorTable::Entry* entry = &cname;
  for (std::size_t i = 0; i < kMostCnames; ++i) {
    NameView target;
    entry = target.assign(entry->content) ? selector_at(target) : nullptr;
    if (entry == nullptr || entry->kind != SelectorTable::Kind::cname || entry->revoked_from <= snapshot_->today)
      return false;
  }
  return true;
}

const SelectorTable::Entry* Responder::selector(const Name& name) const {
  NameView view;
  return view.assign(name.wire()) ? selector_at(view) : nullptr;
}

bool Responder::has_endless_cname(const Name& name) const {
  const SelectorTable::Entry* entry = selector(name);
  return entry != nullptr && entry->kind == SelectorTable::Kind::cname && entry->revoked_from > snapshot_->today &&
         is_endless(*entry);
}

std::optional<ZoneInfo> Responder::find_zone(const Name& name) const {
  NameView view;
  if (!view.assign(name.wire())) return std::nullopt;
  const Found found = locate(view);
  if (found.zone == nullptr && found.node == nullptr) return std::nullopt;
  const std::string_view apex = view.wire_from(found.begin);
  return ZoneInfo{*Name::from_wire(apex), zone_id(apex), found.serial};
}

std::optional<ZoneInfo> Responder::zone_at(const Name& apex) const {
  std::optional<ZoneInfo> zone = find_zone(apex);
  if (zone && zone->apex == apex) return zone;
  return std::nullopt;
}

}  // namespace emailauth
