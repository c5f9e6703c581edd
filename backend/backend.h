// backend/backend.h - What PowerDNS calls: questions in, records out.
//
// Glue only: converts names and records, and asks the Responder. An instance is
// used by one thread at a time. Only DBException leaves a method.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/content_cache.h"
#include "backend/key_store.h"
#include "backend/launch_order.h"
#include "backend/pdns_compat.h"
#include "backend/service.h"

namespace emailauth::pdns {

class Backend : public DNSBackend {
 public:
  explicit Backend(const std::string& suffix);

  void lookup(const QType& qtype, const DNSName& qdomain, int zone_id = -1, DNSPacket* packet = nullptr) override;
  bool get(DNSResourceRecord& record) override;
  bool get(DNSZoneRecord& record) override;
  bool list(const Zone& target, int domain_id, bool include_disabled = false) override;
  bool getAuth(const Zone& target, SOAData* soa) override;
  bool getDomainInfo(const Zone& domain, DomainInfo& info, bool get_serial = true) override;
  void getAllDomains(vector<DomainInfo>* domains, bool get_serial, bool include_disabled) override;
  bool getBeforeAndAfterNamesAbsolute(DomainId id, const DNSName& qname, DNSName& unhashed, DNSName& before,
                                      DNSName& after) override;
  void reload() override;
  void rediscover(string* status = nullptr) override;
  string directBackendCmd(const string& query) override;

  // Keys and metadata (backend_keys.cc).
  bool getAllDomainMetadata(const Zone& name, std::map<std::string, std::vector<std::string>>& meta) override;
  bool getDomainMetadata(const Zone& name, const std::string& kind, std::vector<std::string>& meta) override;
  bool setDomainMetadata(const Zone& name, const std::string& kind, const std::vector<std::string>& meta) override;
  bool getDomainKeys(const Zone& name, std::vector<KeyData>& keys) override;
  bool addDomainKey(const Zone& name, const KeyData& key, int64_t& id) override;
  bool removeDomainKey(const Zone& name, unsigned int id) override;
  bool activateDomainKey(const Zone& name, unsigned int id) override;
  bool deactivateDomainKey(const Zone& name, unsigned int id) override;
  bool publishDomainKey(const Zone& name, unsigned int id) override;
  bool unpublishDomainKey(const Zone& name, unsigned int id) override;

  // Records and zones cannot be changed here (backend_read_only.cc).
  bool replaceRRSet(DomainId domain_id, const DNSName& qname, const QType& qtype,
                    const vector<DNSResourceRecord>& rrset) override;
  bool feedRecord(const DNSResourceRecord& record, const DNSName& ordername, bool ordername_is_nsec3 = false) override;
  bool createDomain(const Zone& domain, const DomainInfo::DomainKind kind, const vector<ComboAddress>& primaries,
                    const string& account) override;
  bool deleteDomain(const Zone& domain) override;
  bool setKind(const Zone& domain, const DomainInfo::DomainKind kind) override;
  bool setAccount(const Zone& domain, const string& account) override;
  bool setOptions(const Zone& domain, const string& options) override;
  bool setCatalog(const Zone& domain, const Zone& catalog) override;
#if PDNS_API >= 409
  bool setPrimaries(const Zone& domain, const vector<ComboAddress>& primaries) override;
#else
  bool setMasters(const Zone& domain, const vector<ComboAddress>& masters) override;
#endif
  bool startTransaction(const Zone& domain, int domain_id = -1) override;
  bool commitTransaction() override;
  bool abortTransaction() override;

#if PDNS_API < 500
  bool doesDNSSEC() override { return keys_->is_on(); }
#endif
#if PDNS_API >= 500
  unsigned int getCapabilities() override { return (keys_->is_on() ? CAP_DNSSEC : 0U) | CAP_LIST | CAP_DIRECT; }
#endif
#if PDNS_API >= 501
  void lookupEnd() override { begin_records(nullptr, 0, 0, false); }
#endif

 private:
  // An answer, for as long as the same name is asked for.
  struct Answered {
    std::string wire;  // the name, as it was asked
    std::uint64_t generation = 0;
    Answer answer;
    std::vector<DNSRecord> ready;  // the first of its records, in PowerDNS' form
  };

  const Responder& responder(bool may_change);
  void find(const QType& qtype, const DNSName& qdomain, int zone_id, DNSPacket* packet);
  void answer(std::string_view wire, Answered& answered);
  void begin_records(const std::vector<Record>* records, std::uint16_t type, int zone_id, bool scoped);
  void begin_empty_node(int zone_id, bool scoped);
  bool next_record();
  bool is_last_record() const { return next_ == end_ && listed_.empty(); }
  const DNSRecord& ready(const Record* record);
  bool is_next_ancestor(std::string_view wire, const DNSPacket& packet);
  void account(const DNSPacket& packet);
  void fill(DomainInfo& info, const ZoneInfo& zone);

  // The zone's name as the key store has it; nothing when it is not ours.
  std::optional<std::string> key_zone(const Zone& zone) const;
  Metadata metadata_of(const std::string& zone);
  bool set_nsec3(const std::string& zone, const std::string& kind, const std::vector<std::string>& meta);
  template <typename F>
  bool change_key(const Zone& name, unsigned int id, F&& change);
  std::string no_key_store(const std::string& zone);
  // These say no: by false, or by DBException where false would be lost.
  bool refuse_setting(const std::string& why);
  bool refuse_edit(const std::string& what) const;

  bool in_server_;  // and not in pdnsutil
  LaunchOrder launch_;
  std::unique_ptr<KeyStore> keys_;
  std::string secured_here_;  // the zone that this instance gave a key
  std::shared_ptr<Service> service_;
  std::shared_ptr<const Responder> responder_;
  std::uint64_t generation_ = 0;
  Answered question_;            // the name of a packet
  Answered zone_;                // asked for without one: mostly the zone's apex, again and again
  std::size_t ancestor_at_ = 0;  // octets of question_.wire that its last ancestor lacks
  // What get() gives: of a look-up the records that have the type, or an empty non-terminal; or a whole zone.
  bool is_node_ = false;
  const Record* next_ = nullptr;
  const Record* end_ = nullptr;
  std::uint16_t type_ = 0;
  std::deque<std::pair<DNSName, Record>> listed_;  // what is left of a zone
  DNSName owner_;                                  // of given_, as it was asked
  const Record* given_ = nullptr;                  // the last; null: the empty non-terminal
  Record given_listed_;
  Answered* current_ = nullptr;  // whose record it is; null: of a zone
  bool scoped_ = false;          // a scope keeps it out of the packet and query caches
  int zone_id_ = -1;
  ContentCache contents_;
  SOAData soa_;  // of the last zone that getAuth() was asked for
  std::uint64_t soa_generation_ = 0;
  const DNSPacket* counted_ = nullptr;  // the question that was counted last
  std::uint16_t counted_id_ = 0;
  bool debug_ = false;
};

}  // namespace emailauth::pdns
