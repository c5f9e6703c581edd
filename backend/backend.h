// backend/backend.h - The interface that PowerDNS calls: questions in, records out.
//
// Glue only: converts names and records, and asks the Responder. One thread at a time uses an instance. Only
// DBException leaves a method.
//
// PowerDNS makes many look-ups for one question, and answers some of them from its query cache. This class keeps these
// promises all the same:
// - Every question sees the newest policies from its first look-up on, and the same policies until its last one. The
//   first look-up is the one for the zone's apex without a packet (zone cache on) or getAuth() (off); if the query
//   cache answered for getAuth(), it is the first look-up with the packet of a new question.
// - No positive answer of ours gets into the query cache: each has a record with a scope, which PowerDNS does not
//   cache. No reply contains that record, so the packet cache may keep the reply: it is the SOA (PowerDNS makes its
//   own) or a record of type 0, the sign of an empty non-terminal. Names that do not exist get into the query cache; a
//   reload removes them (backend/cache_removal.h).
// - Replies about endless names, and replies that follow a CNAME to a name of ours (the packet cache knows them by
//   another name), get into neither cache.
// Three limits remain. A signed denial lists the types of an apex, and PowerDNS looks these up as it does for a new
// question: they may be of the next generation, which has the same types there. PowerDNS looks for the zone again when
// it follows a CNAME: alias and target are each of one generation, as if they had been queried one after the other.
// And a name that did not exist before still does not exist until a reload has removed it from the query cache, next to
// the new serial.
#pragma once

#include <sys/time.h>

#include <ctime>
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
  void lookupEnd() override { begin_nothing(); }
#endif

 private:
  // An answer, kept as long as the same name is queried.
  struct Answered {
    std::string wire;  // the name, as it was queried
    std::uint64_t generation = 0;
    Answer answer;
    std::vector<DNSRecord> ready;  // its first records, in PowerDNS' form
  };

  // The question in a packet.
  struct Question {
    const DNSPacket* packet = nullptr;
    std::uint16_t id = 0;
    timeval begun{};      // when PowerDNS began to answer it; zero for TCP
    ComboAddress client;  // for TCP: each packet of a connection is made before the last one is freed
    bool is_counted = false;
  };

  // Returns the responder for the question that is being answered.
  const Responder& responder();
  // Returns the newest responder, for use when no question is being answered or one begins.
  const Responder& newest_responder();
  bool is_outdated() const { return generation_ != service_->generation(); }
  bool begins_without_packet(std::string_view wire, int zone_id) const;
  void begin_question(const DNSPacket& packet, std::string_view wire);
  bool was_just_opened(std::string_view wire) const;
  bool is_namesake(const DNSName& name, int zone_id);
  static bool is_wildcard_probe(const DNSName& name, std::string_view wire, const DNSPacket& packet);
  void find(const QType& qtype, const DNSName& qdomain, int zone_id, DNSPacket* packet);
  void answer(std::string_view wire, Answered& answered);
  void begin_nothing();
  void begin_records(const Answer& found, const QType& qtype, bool is_apex, bool scoped);
  void begin_empty_node(int zone_id);
  bool next_record();
  bool is_last_record() const { return next_ == end_ && !has_mark_ && listed_.empty(); }
  bool is_scoped() const { return scoped_ || given_ == nullptr || given_->type == RecordType::soa; }
  const DNSRecord& ready(const Record* record);
  bool is_next_ancestor(std::string_view wire, const DNSPacket& packet);
  void account(const DNSPacket& packet, std::string_view wire);
  void fill(DomainInfo& info, const ZoneInfo& zone);

  // Returns the zone's name as the key store writes it; nullopt if the zone is not ours.
  std::optional<std::string> key_zone(const Zone& zone) const;
  Metadata metadata_of(const std::string& zone);
  bool set_nsec3(const std::string& zone, const std::string& kind, const std::vector<std::string>& meta);
  template <typename F>
  bool change_key(const Zone& name, unsigned int id, F&& change);
  std::string no_key_store(const std::string& zone);
  // Reject the request: return false, or throw DBException where PowerDNS ignores false.
  bool refuse_setting(const std::string& why);
  bool refuse_edit(const std::string& what) const;

  bool in_server_;  // false in pdnsutil
  LaunchOrder launch_;
  std::unique_ptr<KeyStore> keys_;
  std::string secured_here_;  // the zone that this instance gave a key
  std::shared_ptr<Service> service_;
  std::shared_ptr<const Responder> responder_;
  std::uint64_t generation_ = 0;
  Answered question_;            // the name of a packet
  Answered zone_;                // the name of look-ups without a packet: mostly the zone's apex, again and again
  std::size_t ancestor_at_ = 0;  // octets of question_.wire that its last ancestor lacks
  // The records that get() returns: those of a look-up that have the type, or an empty non-terminal; or a whole zone.
  bool is_node_ = false;
  bool has_mark_ = false;  // a record of type 0 follows, which keeps the answer out of the query cache
  const Record* next_ = nullptr;
  const Record* end_ = nullptr;
  std::uint16_t type_ = 0;
  std::deque<std::pair<DNSName, Record>> listed_;  // what is left of a zone
  DNSName owner_;                                  // the owner of given_, as it was queried
  const Record* given_ = nullptr;                  // the last record given; null: the empty non-terminal
  Record given_listed_;
  Answered* current_ = nullptr;  // the answer that has it; null: a zone's list
  bool scoped_ = false;          // a scope on every record also keeps the reply out of the packet cache
  int zone_id_ = -1;
  ContentCache contents_;
  SOAData soa_;  // of the last zone in getAuth()
  std::uint64_t soa_generation_ = 0;
  Question asked_;              // the last one
  timespec opened_at_{};        // when getAuth() was called last
  bool has_zone_list_ = false;  // PowerDNS' zone cache is on
  bool has_query_cache_ = false;
  bool debug_ = false;
};

}  // namespace emailauth::pdns
