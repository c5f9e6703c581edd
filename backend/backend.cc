#include "backend/backend.h"

#include <utility>

#include "backend/commands.h"
#include "backend/convert.h"
#include "backend/counters.h"
#include "backend/guarded.h"
#include "policy/answer/explain.h"

namespace emailauth::pdns {

Backend::Backend(const std::string& suffix) {
  setArgPrefix("emailauth" + suffix);
  in_server_ = ::arg().parmIsset("local-port");
  launch_ = LaunchOrder::parse(::arg()["launch"]);
  keys_ = std::make_unique<KeyStore>(
      getArg("dnssec-db"), [](const std::string& text) { g_log << Logger::Error << "[emailauth] " << text << endl; });
  debug_ = mustDo("debug");
  has_zone_list_ = g_zoneCache.isEnabled();
  has_query_cache_ = in_server_ && ::arg().asNum("query-cache-ttl") > 0;
  service_ = Service::of(suffix, getArg("dir"), in_server_);
}

namespace {

// Longer than PowerDNS takes from finding a question's zone to its first look-up, and
// shorter than the time after which answers are first removed from its caches again.
constexpr long kOpeningNanoseconds = 100'000'000;

timespec coarse_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now;
}

bool is_apex(const Answer& answer, std::string_view wire) {
  return answer.kind != Answer::Kind::outside && answer.zone_octets == wire.size();
}

bool is_apex(const Responder& responder, std::string_view wire) {
  Answer answer;
  responder.answer(wire, answer);
  return is_apex(answer, wire);
}

}  // namespace

const Responder& Backend::responder() { return responder_ ? *responder_ : newest_responder(); }

const Responder& Backend::newest_responder() {
  if (!responder_ || is_outdated()) {
    generation_ = service_->generation();
    responder_ = service_->responder();
  }
  return *responder_;
}

// Called when there is a newer generation. Returns true if a look-up without a packet may be a question's first.
// PowerDNS makes such look-ups in the middle of a question, too: for the types that a denial lists, and, without a
// zone's id, for the SOA if it has several backends. It found that SOA before in the same question, unless a transfer
// asks.
bool Backend::begins_without_packet(std::string_view wire, int zone_id) const {
  if (!responder_) return true;
  const std::shared_ptr<const Responder> newest = service_->responder();
  if (zone_id == -1) return !is_apex(*responder_, wire) && is_apex(*newest, wire);
  return has_zone_list_ && (is_apex(*responder_, wire) || is_apex(*newest, wire));
}

// Called for every look-up with a packet; most are of the same question.
void Backend::begin_question(const DNSPacket& packet, std::string_view wire) {
  const timeval begun = packet.d_dt.getTimeval();
  if (asked_.packet == &packet && asked_.id == packet.d.id && asked_.begun.tv_usec == begun.tv_usec &&
      asked_.begun.tv_sec == begun.tv_sec && (begun.tv_sec != 0 || asked_.client == packet.d_remote))
    return;
  asked_.packet = &packet;
  asked_.id = packet.d.id;
  asked_.begun = begun;
  if (begun.tv_sec == 0) asked_.client = packet.d_remote;
  asked_.is_counted = false;
  if (!has_zone_list_ && is_outdated() && !was_just_opened(wire)) newest_responder();
}

// True if getAuth() was called for this name so recently that it was for this question.
bool Backend::was_just_opened(std::string_view wire) const {
  if (question_.wire != wire) return false;
  const timespec now = coarse_now();
  return (now.tv_sec - opened_at_.tv_sec) * 1'000'000'000 + now.tv_nsec - opened_at_.tv_nsec < kOpeningNanoseconds;
}

void Backend::lookup(const QType& qtype, const DNSName& qdomain, int zone_id, DNSPacket* packet) {
  guarded("lookup", [&] { find(qtype, qdomain, zone_id, packet); });
}

void Backend::find(const QType& qtype, const DNSName& qdomain, int zone_id, DNSPacket* packet) {
  begin_nothing();
  owner_ = qdomain;
  const auto& storage = qdomain.getStorage();
  const std::string_view wire(storage.data(), storage.size());
  if (packet == nullptr) {
    if (is_outdated() && begins_without_packet(wire, zone_id)) newest_responder();
  } else if (is_next_ancestor(wire, *packet)) {
    const int zone = static_cast<int>(question_.answer.zone_id);
    if (zone_id == -1 || zone_id == zone) begin_empty_node(zone);
    return;
  } else {
    begin_question(*packet, wire);
    if (is_wildcard_probe(qdomain, wire, *packet)) return;
  }
  ancestor_at_ = 0;
  current_ = packet == nullptr ? &zone_ : &question_;
  answer(wire, *current_);
  const Answer& found = current_->answer;
  if (found.kind == Answer::Kind::outside) return;
  const bool apex = is_apex(found, wire);
  // A zone of another backend, or another zone of ours.
  if (zone_id != -1 && zone_id != static_cast<int>(found.zone_id) &&
      !(packet == nullptr && apex && is_namesake(qdomain, zone_id)))
    return;
  if (packet != nullptr && !asked_.is_counted) account(*packet, wire);
  if (found.kind != Answer::Kind::exists) return;
  if (!found.records.empty())
    begin_records(found, qtype, apex, found.unbounded || packet == nullptr || packet->qdomain.getStorage() != storage);
  else if (qtype.getCode() != QType::SOA)
    begin_empty_node(static_cast<int>(found.zone_id));
}

// PowerDNS looks for a wildcard if a name does not exist, and there are none here: "*" is a label like any other. If
// its query cache says that a name did not exist before the last change, "*" may exist since, and would be read as a
// wildcard.
bool Backend::is_wildcard_probe(const DNSName& name, std::string_view wire, const DNSPacket& packet) {
  return wire.size() > 2 && wire[0] == 1 && wire[1] == '*' && !packet.qdomain.isPartOf(name);
}

// Another backend has a zone of this name, and PowerDNS' list of zones, which has one id per name, has the id of that
// zone. The parent's look-ups of our apex have the parent's id, and get nothing.
bool Backend::is_namesake(const DNSName& name, int zone_id) {
  if (listed_zone_id(name) != zone_id) return false;
  service_->warn_of_namesake(to_name(name).to_string(), zone_id);
  return true;
}

void Backend::begin_nothing() {
  is_node_ = false;
  has_mark_ = false;
  next_ = end_ = nullptr;
  scoped_ = false;
  zone_id_ = -1;
  if (!listed_.empty()) listed_.clear();
}

void Backend::begin_records(const Answer& found, const QType& qtype, bool is_apex, bool scoped) {
  next_ = found.records.data();
  end_ = next_ + found.records.size();
  type_ = qtype.getCode();
  zone_id_ = static_cast<int>(found.zone_id);
  scoped_ = scoped;
  // All types at once (consistent-backends=yes) bring a record with a scope at an apex, the SOA. A look-up for the SOA
  // alone must return no other record.
  const bool has_scope = scoped || is_apex;
  has_mark_ = has_query_cache_ && type_ != QType::SOA && (type_ != QType::ANY || !has_scope);
}

void Backend::begin_empty_node(int zone_id) {
  is_node_ = true;
  zone_id_ = zone_id;
  scoped_ = true;
}

// Moves given_ to what get() returns next. Returns false if there is nothing more.
bool Backend::next_record() {
  if (is_node_) {
    is_node_ = false;
    given_ = nullptr;
    return true;
  }
  while (next_ != end_) {
    given_ = next_++;
    if (type_ == QType::ANY || type_ == static_cast<std::uint16_t>(given_->type)) return true;
  }
  if (has_mark_) {
    has_mark_ = false;
    given_ = nullptr;
    return true;
  }
  if (listed_.empty()) return false;
  owner_ = std::move(listed_.front().first);
  given_listed_ = std::move(listed_.front().second);
  given_ = &given_listed_;
  listed_.pop_front();
  return true;
}

void Backend::answer(std::string_view wire, Answered& answered) {
  const Responder& responder = this->responder();
  if (answered.wire == wire && answered.generation == generation_) return;
  responder.answer(wire, answered.answer);
  answered.wire = wire;
  answered.generation = generation_;
  answered.ready.clear();
}

// PowerDNS looks for a referral at every name between the question's and the apex, from the left: 39 names for an IPv6
// address. The names above a name that exists in an SPF view are empty non-terminals; any records of theirs matter only
// to questions about them, and no cache may learn the answer here. If the packet asks for a name as long as the one
// that exists, it does not ask for this one.
bool Backend::is_next_ancestor(std::string_view wire, const DNSPacket& packet) {
  const Answer& answer = question_.answer;
  if (answer.view == nullptr || answer.kind != Answer::Kind::exists) return false;
  const std::string_view whole = question_.wire;
  const std::size_t at = ancestor_at_ + 1 + static_cast<unsigned char>(whole[ancestor_at_]);
  if (wire.size() <= answer.zone_octets || wire.size() + at != whole.size() || whole.substr(at) != wire) return false;
  if (packet.qdomain.getStorage().size() != whole.size()) return false;
  ancestor_at_ = at;
  return true;
}

// PowerDNS passes the packet only when it looks up the name in the question, unless it has cached that this name does
// not exist: then it looks up a name above it.
void Backend::account(const DNSPacket& packet, std::string_view wire) {
  asked_.is_counted = true;
  const auto& whole = packet.qdomain.getStorage();
  if (whole.size() > wire.size() && packet.qdomain.isPartOf(owner_))
    count_missing();
  else
    count_question(question_.answer);
  if (!debug_) return;
  const Explanation why = explain(*responder_, to_name(packet.qdomain));
  g_log << Logger::Info << "[emailauth] " << why.name << ": " << why.outcome
        << (why.verdict.empty() ? "" : ", " + why.verdict) << (why.domain.empty() ? "" : ", by " + why.domain)
        << (why.reason.empty() ? "" : "; " + why.reason) << endl;
}

bool Backend::get(DNSResourceRecord& record) {
  return guarded("get", [&] {
    if (!next_record()) return false;
    record = DNSResourceRecord();
    record.qname = owner_;
    record.domain_id = zone_id_;
    record.scopeMask = is_scoped() ? 1 : 0;
    if (given_ == nullptr) {
      record.qtype = QType(0);  // PowerDNS' sign of an empty non-terminal
      return true;
    }
    record.qtype = QType(static_cast<uint16_t>(given_->type));
    record.ttl = given_->ttl;
    record.content = to_content(*given_);
    return true;
  });
}

// The same, without a text that PowerDNS would have to parse.
bool Backend::get(DNSZoneRecord& record) {
  return guarded("get", [&] {
    if (!next_record()) return false;
    if (is_last_record())
      std::swap(record.dr.d_name, owner_);  // reuses their memory
    else
      record.dr.d_name = owner_;
    record.dr.d_type = given_ == nullptr ? 0 : static_cast<std::uint16_t>(given_->type);
    record.dr.d_class = QClass::IN;
    record.dr.d_ttl = given_ == nullptr ? 0 : given_->ttl;
    share_content(record.dr, ready(given_));
    record.domain_id = static_cast<decltype(record.domain_id)>(zone_id_);
    record.scopeMask = is_scoped() ? 1 : 0;
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
    // The answer that said whether there is such a zone.
    const Responder& responder = this->responder();
    const std::optional<ZoneInfo> zone = responder.zone_at(to_name(as_name(target)));
    begin_nothing();
    if (!zone || (domain_id != -1 && domain_id != static_cast<int>(zone->id))) return false;
    responder.for_each_name(*zone, [&](const Name& name) {
      Answer answer = responder.answer(name);
      for (Record& record : answer.records) listed_.emplace_back(to_dns_name(name), std::move(record));
    });
    current_ = nullptr;
    zone_id_ = static_cast<int>(zone->id);
    return true;
  });
}

// Called if the zone cache is off. What is found here is not looked up again when the question comes.
bool Backend::getAuth(const Zone& target, SOAData* soa) {
  return guarded("getAuth", [&] {
    const auto& storage = as_name(target).getStorage();
    newest_responder();
    opened_at_ = coarse_now();
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
    set_zone_name(*soa, Zone(to_dns_name(apex)));
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
    const std::optional<ZoneInfo> zone = newest_responder().zone_at(to_name(as_name(domain)));
    if (!zone) return false;
    fill(info, *zone);
    return true;
  });
}

void Backend::getAllDomains(vector<DomainInfo>* domains, bool, bool) {
  guarded("getAllDomains", [&] {
    const Responder& responder = newest_responder();
    domains->reserve(domains->size() + responder.zone_count());
    responder.for_each_zone([&](const ZoneInfo& zone) {
      DomainInfo info;
      fill(info, zone);
      domains->push_back(std::move(info));
    });
  });
}

// Called only if a zone is signed without narrow NSEC3; the default ends
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

// Text that reports a failure leaves as an exception: pdnsutil shows it and
// exits with 1.
string Backend::directBackendCmd(const string& query) {
  return guarded("command", [&] {
    CommandResult result = run_command(query, {*service_, newest_responder(), *keys_});
    if (result.failed) throw DBException("[emailauth]\n" + result.text);
    return result.text;
  });
}

}  // namespace emailauth::pdns
