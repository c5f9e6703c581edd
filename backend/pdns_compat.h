// backend/pdns_compat.h - The differences between PowerDNS 4.7, 4.9 and 5.1.
//
// The only file that looks at PDNS_API besides the overrides whose signatures
// differ. PDNS_API is 407 for 4.7.x, 501 for 5.1.x.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pdns/arguments.hh"
#include "pdns/auth-zonecache.hh"
#include "pdns/dnsbackend.hh"
#include "pdns/dnspacket.hh"
#include "pdns/dnsparser.hh"
#include "pdns/logger.hh"
#include "pdns/pdnsexception.hh"
#include "pdns/statbag.hh"

extern StatBag S;

#ifndef PDNS_API
#error "PDNS_API is not set: build with the project's CMakeLists.txt"
#endif
#if PDNS_API < 407
#error "PowerDNS 4.7 or later is needed"
#endif

namespace emailauth::pdns {

#if PDNS_API >= 500
using Zone = ZoneName;
using DomainId = domainid_t;
inline const DNSName& as_name(const Zone& zone) { return zone.operator const DNSName&(); }
#else
using Zone = DNSName;
using DomainId = uint32_t;
inline const DNSName& as_name(const Zone& zone) { return zone; }
#endif

// Gives a record the content of another record; both then share it.
inline void share_content(DNSRecord& to, const DNSRecord& from) {
#if PDNS_API >= 408
  to.setContent(from.getContent());
#else
  to.d_content = from.d_content;
#endif
}

inline void set_content(DNSRecord& to, std::shared_ptr<DNSRecordContent> content) {
#if PDNS_API >= 408
  to.setContent(std::move(content));
#else
  to.d_content = std::move(content);
#endif
}

// 5.0 renamed SOAData's name of the zone.
inline void set_zone_name(SOAData& soa, const Zone& zone) {
#if PDNS_API >= 500
  soa.zonename = zone;
#else
  soa.qname = zone;
#endif
}

// Returns the id of exactly this name in PowerDNS' list of all zones, its zone cache; nullopt if it has none or is off.
inline std::optional<int> listed_zone_id(const DNSName& name) {
  int id = -1;
  if (!g_zoneCache.isEnabled() || !g_zoneCache.getEntry(Zone(name), id)) return std::nullopt;
  return id;
}

template <typename Factory>
void report_factory() {
#if PDNS_API >= 409
  BackendMakers().report(std::make_unique<Factory>());
#else
  BackendMakers().report(new Factory);
#endif
}

}  // namespace emailauth::pdns
