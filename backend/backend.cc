#include "backend/backend.h"

#include "backend/commands.h"
#include "backend/convert.h"
#include "backend/counters.h"
#include "backend/guarded.h"
#include "policy/explain.h"

namespace emailauth::pdns {

Backend::Backend(const std::string& suffix) {
  setArgPrefix("emailauth" + suffix);
  in_server_ = ::arg().parmIsset("local-port");
  launch_ = LaunchOrder::parse(::arg()["launch"]);
  keys_ = std::make_unique<KeyStore>(
      getArg("dnssec-db"), [](const std::string& text) { g_log << Logger::Error << "[emailauth] " << text << endl; });
  debug_ = mustDo("debug");
  service_ = Service::of(suffix, getArg("dir"), in_server_);
}

// One question is many look-ups; all of them must see the same generation. The
// first is for a zone's apex, without a packet: only there it may change.
const Responder& Backend::responder(bool may_change) {
  if (!responder_ || (may_change && generation_ != service_->generation())) {
    generation_ = service_->generation();
    responder_ = service_->responder();
  }
  return *responder_;
}

void Backend::lookup(const QType& qtype, const DNSName& qdomain, int zone_id, DNSPacket* packet) {
  guarded("lookup", [&] { find(qtype, qdomain, zone_id, packet); });
}

void Backend::find(const QType& qtype, const DNSName& qdomain, int zone_id, DNSPacket* packet) {
  pending_.clear();
  next_ = 0;
  const auto& wire = qdomain.getStorage();
  responder(packet == nullptr).answer({wire.data(), wire.size()}, answer_);
  account(packet);
  if (answer_.kind != Answer::Kind::exists) return;
  zone_id_ = static_cast<int>(answer_.zone_id);
  if (zone_id != -1 && zone_id != zone_id_) return;  // another backend's zone, or another of ours
  for (const Record& record : answer_.records) {
    const auto type = static_cast<uint16_t>(record.type);
    if (qtype.getCode() == QType::ANY || qtype.getCode() == type) push(qdomain, record, answer_.unbounded);
  }
  if (answer_.records.empty() && qtype.getCode() == QType::ANY) push_empty(qdomain, answer_.unbounded);
}

// Of the look-ups for one question, the first with a packet is for its name.
void Backend::account(const DNSPacket* packet) {
  const bool first = packet != nullptr && !counted_;
  counted_ = packet != nullptr;
  if (!first) return;
  count_question(answer_);
  if (!debug_) return;
  const Explanation why = explain(*responder_, to_name(packet->qdomain));
  g_log << Logger::Info << "[emailauth] " << why.name << ": " << why.outcome
        << (why.verdict.empty() ? "" : ", " + why.verdict) << (why.domain.empty() ? "" : ", by " + why.domain)
        << (why.reason.empty() ? "" : "; " + why.reason) << endl;
}

void Backend::push(const DNSName& owner, const Record& record, bool unbounded) {
  DNSResourceRecord& out = pending_.emplace_back();
  out.qname = owner;
  out.qtype = QType(static_cast<uint16_t>(record.type));
  out.ttl = record.ttl;
  out.content = to_content(record);
  out.domain_id = zone_id_;
  // A scope keeps an answer out of the packet and query caches (POWERDNS: addCache()).
  out.scopeMask = unbounded ? 1 : 0;
}

// PowerDNS' sign of an empty non-terminal: a record of type 0.
void Backend::push_empty(const DNSName& owner, bool unbounded) {
  DNSResourceRecord& out = pending_.emplace_back();
  out.qname = owner;
  out.qtype = QType(0);
  out.domain_id = zone_id_;
  out.scopeMask = unbounded ? 1 : 0;
}

bool Backend::get(DNSResourceRecord& record) {
  if (next_ >= pending_.size()) return false;
  record = std::move(pending_[next_++]);
  return true;
}

bool Backend::list(const Zone& target, int domain_id, bool) {
  return guarded("list", [&] {
    const Responder& responder = this->responder(true);
    const std::optional<ZoneInfo> zone = responder.zone_at(to_name(as_name(target)));
    pending_.clear();
    next_ = 0;
    if (!zone || (domain_id != -1 && domain_id != static_cast<int>(zone->id))) return false;
    zone_id_ = static_cast<int>(zone->id);
    responder.for_each_name(*zone, [&](const Name& name) {
      responder.answer(name.wire(), answer_);
      for (const Record& record : answer_.records) push(to_dns_name(name), record, answer_.unbounded);
    });
    return true;
  });
}

bool Backend::getAuth(const Zone& target, SOAData* soa) {
  return guarded("getAuth", [&] {
    const std::optional<ZoneInfo> zone = responder(true).find_zone(to_name(as_name(target)));
    if (!zone) return false;
    const Zone apex(to_dns_name(zone->apex));
#if PDNS_API >= 500
    return getSOA(apex, UnknownDomainID, *soa);
#else
    return getSOA(apex, *soa);
#endif
  });
}

void Backend::fill(DomainInfo& info, const ZoneInfo& zone) {
  info.id = static_cast<DomainId>(zone.id);
  info.zone = Zone(to_dns_name(zone.apex));
  info.kind = DomainInfo::Native;
  info.backend = this;
  info.serial = zone.serial;
  info.notified_serial = 0;
  info.last_check = 0;
}

bool Backend::getDomainInfo(const Zone& domain, DomainInfo& info, bool) {
  return guarded("getDomainInfo", [&] {
    const std::optional<ZoneInfo> zone = responder(true).zone_at(to_name(as_name(domain)));
    if (!zone) return false;
    fill(info, *zone);
    return true;
  });
}

void Backend::getAllDomains(vector<DomainInfo>* domains, bool, bool) {
  guarded("getAllDomains", [&] {
    const Responder& responder = this->responder(true);
    domains->reserve(domains->size() + responder.zone_count());
    responder.for_each_zone([&](const ZoneInfo& zone) {
      DomainInfo info;
      fill(info, zone);
      domains->push_back(std::move(info));
    });
  });
}

// Asked for only when a zone is signed without narrow NSEC3; the default ends
// the whole server (PowerDNS before 5.0).
bool Backend::getBeforeAndAfterNamesAbsolute(DomainId, const DNSName&, DNSName&, DNSName&, DNSName&) {
  throw DBException(
      "[emailauth] names here are endless: only narrow NSEC3 can deny them; set it with pdnsutil set-nsec3 ZONE '1 0 0 "
      "-' narrow");
}

void Backend::reload() {
  guarded("reload", [&] { service_->reload(); });
}

void Backend::rediscover(string* status) {
  guarded("rediscover", [&] {
    const std::string line = service_->reload();
    if (status != nullptr) *status = "[emailauth] " + line;
  });
}

// Text that reports a failure goes out as an exception: pdnsutil shows it and
// exits with 1.
string Backend::directBackendCmd(const string& query) {
  return guarded("command", [&] {
    CommandResult result = run_command(query, {*service_, responder(true), *keys_});
    if (result.failed) throw DBException("[emailauth]\n" + result.text);
    return result.text;
  });
}

}  // namespace emailauth::pdns
