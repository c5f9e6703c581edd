// tests/bench/null_backend/null_backend.cc - The floor: what PowerDNS costs if its backend costs nothing.
//
// Every name below "null-zone" has one and the same TXT record, made when the
// server starts; the zone's apex has SOA and NS. Nothing is computed and nothing
// is parsed. It claims "null-other-zones" more zones, which are never queried:
// PowerDNS looks every label of a name up among all zones, and an empty table is
// quicker than a full one. For scripts/bench only; never installed.
#include <string>
#include <vector>

#include "backend/pdns_compat.h"

namespace {

using emailauth::pdns::DomainId;
using emailauth::pdns::Zone;

constexpr std::uint32_t kTtl = 3600;
constexpr int kZoneId = 1;

struct Constant {
  QType type;
  std::string content;
  DNSRecord ready;  // without an owner

  Constant(std::uint16_t number, const std::string& text) : type(number), content(text), ready(make(number, text)) {}

 private:
  static DNSRecord make(std::uint16_t number, const std::string& text) {
    DNSResourceRecord record;
    record.qtype = QType(number);
    record.content = text;
    return DNSRecord(record);
  }
};

class NullBackend : public DNSBackend {
 public:
  explicit NullBackend(const std::string& suffix) {
    setArgPrefix("null" + suffix);
    zone_ = DNSName(getArg("zone"));
    const std::string name = zone_.toStringNoDot();
    apex_.emplace_back(QType::SOA, "ns1." + name + " hostmaster." + name + " 1 10800 3600 604800 300");
    apex_.emplace_back(QType::NS, "ns1." + name);
    fillSOAData(apex_.front().content, soa_);
    emailauth::pdns::set_zone_name(soa_, Zone(zone_));
    soa_.ttl = kTtl;
    soa_.domain_id = kZoneId;
    soa_.db = this;
    below_.emplace_back(QType::TXT, "\"v=spf1 ip4:192.0.2.1 -all\"");
  }

  void lookup(const QType& type, const DNSName& name, int zone_id = -1, DNSPacket* packet = nullptr) override;
  bool get(DNSZoneRecord& record) override;
  bool get(DNSResourceRecord& record) override;
  bool list(const Zone&, int, bool = false) override { return false; }
  bool getAuth(const Zone& target, SOAData* soa) override;
  void getAllDomains(vector<DomainInfo>* domains, bool get_serial, bool include_disabled) override;
#if PDNS_API >= 500
  unsigned int getCapabilities() override { return 0; }
#endif
#if PDNS_API >= 501
  void lookupEnd() override { next_ = end_ = nullptr; }
#endif

 private:
  const Constant* next_matching();

  DNSName zone_;
  SOAData soa_;
  std::vector<Constant> apex_;
  std::vector<Constant> below_;
  DNSName name_;
  std::uint16_t type_ = 0;
  const Constant* next_ = nullptr;
  const Constant* end_ = nullptr;
};

// PowerDNS queries only names at or below the only zone.
void NullBackend::lookup(const QType& type, const DNSName& name, int, DNSPacket*) {
  const std::vector<Constant>& records = name == zone_ ? apex_ : below_;
  name_ = name;
  type_ = type.getCode();
  next_ = records.data();
  end_ = next_ + records.size();
}

const Constant* NullBackend::next_matching() {
  while (next_ != end_) {
    const Constant* record = next_++;
    if (type_ == QType::ANY || type_ == record->type.getCode()) return record;
  }
  return nullptr;
}

bool NullBackend::get(DNSZoneRecord& record) {
  const Constant* found = next_matching();
  if (found == nullptr) return false;
  record.domain_id = kZoneId;
  record.scopeMask = 1;  // no cache, like the endless names of emailauth
  record.auth = true;
  record.dr.d_name = name_;
  record.dr.d_type = found->type.getCode();
  record.dr.d_ttl = kTtl;
  emailauth::pdns::share_content(record.dr, found->ready);
  return true;
}

bool NullBackend::get(DNSResourceRecord& record) {
  const Constant* found = next_matching();
  if (found == nullptr) return false;
  record.qname = name_;
  record.qtype = found->type;
  record.ttl = kTtl;
  record.content = found->content;
  record.domain_id = kZoneId;
  record.scopeMask = 1;
  return true;
}

// Called only if the zone cache is off.
bool NullBackend::getAuth(const Zone& target, SOAData* soa) {
  if (!emailauth::pdns::as_name(target).isPartOf(zone_)) return false;
  *soa = soa_;
  return true;
}

void NullBackend::getAllDomains(vector<DomainInfo>* domains, bool, bool) {
  const int others = getArgAsNum("other-zones");
  for (int id = kZoneId; id <= kZoneId + others; ++id) {
    DomainInfo& info = domains->emplace_back();
    info.id = static_cast<DomainId>(id);
    info.zone = Zone(id == kZoneId ? zone_ : DNSName("other" + std::to_string(id) + ".invalid"));
    info.kind = DomainInfo::Native;
    info.backend = this;
    info.serial = 1;
  }
}

class Factory : public BackendFactory {
 public:
  Factory() : BackendFactory("null") {}
  void declareArguments(const string& suffix = "") override {
    declare(suffix, "zone", "The zone that is answered for", "_spf.provider.net");
    declare(suffix, "other-zones", "How many zones more it claims to have", "0");
  }
  DNSBackend* make(const string& suffix = "") override { return new NullBackend(suffix); }
};

struct Loader {
  Loader() { emailauth::pdns::report_factory<Factory>(); }
};

const Loader loader;

}  // namespace
