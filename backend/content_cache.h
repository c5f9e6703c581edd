// backend/content_cache.h - Records in PowerDNS' own form, made once.
//
// PowerDNS parses the text of every record it is given. Most answers repeat a
// few texts: SOA, NS, "v=spf1 -all". Knows nothing about owner names and TTLs.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "backend/pdns_compat.h"
#include "policy/answer/responder.h"

namespace emailauth::pdns {

// For one thread. Keeps the last text of each slot: its size never grows.
class ContentCache {
 public:
  // Returns the record, without owner and TTL; valid until the next call. Throws what
  // PowerDNS throws for a text that it cannot read.
  const DNSRecord& get(const Record& record);

  // Returns PowerDNS' sign of an empty non-terminal: a record of type 0.
  const DNSRecord& empty();

 private:
  struct Slot {
    RecordType type{};
    std::string data;
    DNSRecord record;
  };
  static constexpr std::size_t kSlots = 64;
  std::array<Slot, kSlots> slots_;
  std::optional<DNSRecord> empty_;
};

}  // namespace emailauth::pdns
