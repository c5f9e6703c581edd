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
  owner_ = qdomain;
  const auto& storage = qdomain.getStorage();
  const std::string_view wire(storage.data(), storage.size());
  if (packet == nullptr) {
    responder(true);
    counted_ = nullptr;
  } else if (is_next_ancestor(wire, *packet)) {
    zone_id_ = static_cast<int>(question_.answer.zone_id);
    if (zone_id == -1 || zone_id == zone_id_) pending_.push_back({&owner_, nullptr, true});
    return;
  }
  ancestor_at_ = 0;
  current_ = packet == nullptr ? &zone_ : &question_;
  answer(wire, *current_);
  if (packet != nullptr) account(*packet);
  const Answer& found = current_->answer;
  zone_id_ = static_cast<int>(found.zone_id);
  if (found.kind != Answer::Kind::exists) return;
  if (zone_id != -1 && zone_id != zone_id_) return;  // another backend's zone, or another of ours
  for (const Record& record : found.records) {
    const auto type = static_cast<uint16_t>(record.type);
    if (qtype.getCode() == QType::ANY || qtype.getCode() == type)
      pending_.push_back({&owner_, &record, found.unbounded});
  }
  if (found.records.empty() && qtype.getCode() == QType::ANY) pending_.push_back({&owner_, nullptr, found.unbounded});
}

void Backend::answer(std::string_view wire, Answered& answered) {
  const Responder& responder = this->responder(false);
  if (answered.wire == wire && answered.generation == generation_) return;
  responder.answer(wire, answered.answer);
  answered.wire = wire;
  answered.generation = generation_;
  answered.ready.clear();
}

// PowerDNS looks for a referral at every name between the question's and the
// apex, from the left: 39 names for an IPv6 address. Above a name that exists
// in an SPF view are empty non-terminals; what else they are matters to nobody
// but those who ask for them, and no cache may learn it here.
bool Backend::is_next_ancestor(std::string_view wire, const DNSPacket& packet) {
  const Answer& answer = question_.answer;
  if (answer.view == nullptr || answer.kind != Answer::Kind::exists) return false;
  const std::string_view whole = question_.wire;
  const std::size_t at = ancestor_at_ + 1 + static_cast<unsigned char>(whole[ancestor_at_]);
  if (wire.size() <= answer.zone_octets || wire.size() + at != whole.size() || whole.substr(at) != wire) return false;
  const auto& asked = packet.qdomain.getStorage();
  if (std::string_view(asked.data(), asked.size()) != whole) return false;
  ancestor_at_ = at;
  return true;
}

// Of the look-ups for one question, the first with a packet is for its name.
void Backend::account(const DNSPacket& packet) {
  if (counted_ == &packet && counted_id_ == packet.d.id) return;
  counted_ = &packet;
  counted_id_ = packet.d.id;
  count_question(question_.answer);
  if (!debug_) return;
  const Explanation why = explain(*responder_, to_name(packet.qdomain));
  g_log << Logger::Info << "[emailauth] " << why.name << ": " << why.outcome
        << (why.verdict.empty() ? "" : ", " + why.verdict) << (why.domain.empty() ? "" : ", by " + why.domain)
        << (why.reason.empty() ? "" : "; " + why.reason) << endl;
}

bool Backend::get(DNSResourceRecord& record) {
  if (next_ >= pending_.size()) return false;
  const Pending& next = pending_[next_++];
  record = DNSResourceRecord();
  record.qname = *next.owner;
  record.domain_id = zone_id_;
  record.scopeMask = next.scoped ? 1 : 0;
  if (next.record == nullptr) {
    record.qtype = QType(0);  // PowerDNS' sign of an empty non-terminal
    return true;
  }
  record.qtype = QType(static_cast<uint16_t>(next.record->type));
  record.ttl = next.record->ttl;
  record.content = to_content(*next.record);
  return true;
}

// The same, without a text that PowerDNS would have to parse.
bool Backend::get(DNSZoneRecord& record) {
  if (next_ >= pending_.size()) return false;
  return guarded("get", [&] {
    const Pending& next = pending_[next_++];
    record.dr.d_name = *next.owner;
    record.dr.d_type = next.record == nullptr ? 0 : static_cast<std::uint16_t>(next.record->type);
    record.dr.d_class = QClass::IN;
    record.dr.d_ttl = next.record == nullptr ? 0 : next.record->ttl;
    share_content(record.dr, ready(next.record));
    record.domain_id = static_cast<decltype(record.domain_id)>(zone_id_);
    record.scopeMask = next.scoped ? 1 : 0;
    record.auth = true;
    return true;
  });
}

const DNSRecord& Backend::ready(const Record* record) {
  if (record == nullptr) return contents_.empty();
  if (current_ == nullptr) return contents_.get(*record);
  const auto index = static_cast<std::size_t>(record - current_->answer.records.data());
  while (current_->ready.size() <= index)
    current_->ready.push_back(contents_.get(current_->answer.records[current_->ready.size()]));
  return current_->ready[index];
}

bool Backend::list(const Zone& target, int domain_id, bool) {
  return guarded("list", [&] {
    const Responder& responder = this->responder(true);
    const std::optional<ZoneInfo> zone = responder.zone_at(to_name(as_name(target)));
    pending_.clear();
    listed_.clear();
    next_ = 0;
    if (!zone || (domain_id != -1 && domain_id != static_cast<int>(zone->id))) return false;
    responder.for_each_name(*zone, [&](const Name& name) {
      Answer answer = responder.answer(name);
      for (Record& record : answer.records) {
        const auto& [owner, listed] = listed_.emplace_back(to_dns_name(name), std::move(record));
        pending_.push_back({&owner, &listed, false});
      }
    });
    current_ = nullptr;
    zone_id_ = static_cast<int>(zone->id);
    return true;
  });
}

// Asked where the zone cache is off. What is found here is not looked up again
// when the question comes.
bool Backend::getAuth(const Zone& target, SOAData* soa) {
  return guarded("getAuth", [&] {
    const auto& storage = as_name(target).getStorage();
    responder(true);
    counted_ = nullptr;
    answer({storage.data(), storage.size()}, question_);
    const Answer& found = question_.answer;
    if (found.kind == Answer::Kind::outside) return false;
    if (soa_generation_ != generation_ || soa_.serial != found.serial) {
      fillSOAData(responder_->soa_data(found.serial), soa_);
      soa_.ttl = responder_->snapshot().responder->policy.ttl.static_records;
      soa_.db = this;
      soa_generation_ = generation_;
    }
    *soa = soa_;
    const std::string_view apex = std::string_view(question_.wire).substr(question_.wire.size() - found.zone_octets);
    set_zone_name(*soa, Zone(DNSName(apex.data(), static_cast<int>(apex.size()), 0, false)));
    soa->domain_id = static_cast<decltype(soa->domain_id)>(found.zone_id);
    return true;
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
