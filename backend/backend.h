// backend/backend.h - What PowerDNS calls: questions in, records out.
//
// Glue only: converts names and records, and asks the Responder. An instance is
// used by one thread at a time. Only DBException leaves a method.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/pdns_compat.h"
#include "backend/service.h"

namespace emailauth::pdns {

class Backend : public DNSBackend {
 public:
  explicit Backend(const std::string& suffix);

  void lookup(const QType& qtype, const DNSName& qdomain, int zone_id = -1, DNSPacket* packet = nullptr) override;
  bool get(DNSResourceRecord& record) override;
  bool list(const Zone& target, int domain_id, bool include_disabled = false) override;
  bool getAuth(const Zone& target, SOAData* soa) override;
  bool getDomainInfo(const Zone& domain, DomainInfo& info, bool get_serial = true) override;
  void getAllDomains(vector<DomainInfo>* domains, bool get_serial, bool include_disabled) override;
  bool getBeforeAndAfterNamesAbsolute(DomainId id, const DNSName& qname, DNSName& unhashed, DNSName& before,
                                      DNSName& after) override;
  void reload() override;
  void rediscover(string* status = nullptr) override;
#if PDNS_API >= 500
  unsigned int getCapabilities() override { return CAP_DNSSEC | CAP_LIST | CAP_DIRECT; }
#endif
#if PDNS_API >= 501
  void lookupEnd() override { pending_.clear(); next_ = 0; }
#endif

 private:
  template <typename F>
  auto guarded(const char* what, F&& body) -> decltype(body());
  const Responder& responder(bool may_change);
  void find(const QType& qtype, const DNSName& qdomain, int zone_id, DNSPacket* packet);
  void account(const DNSPacket* packet);
  void push(const DNSName& owner, const Record& record, bool unbounded);
  void push_empty(const DNSName& owner, bool unbounded);
  void fill(DomainInfo& info, const ZoneInfo& zone);

  std::shared_ptr<Service> service_;
  std::shared_ptr<const Responder> responder_;
  std::uint64_t generation_ = 0;
  Answer answer_;
  std::vector<DNSResourceRecord> pending_;
  std::size_t next_ = 0;
  int zone_id_ = -1;
  bool counted_ = false;   // the question that is being answered
  bool debug_ = false;
};

}  // namespace emailauth::pdns
