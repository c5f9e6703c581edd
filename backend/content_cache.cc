#include "backend/content_cache.h"

#include <functional>

#include "backend/convert.h"

namespace emailauth::pdns {

namespace {

DNSRecord make(std::uint16_t type, std::string content) {
  DNSResourceRecord record;
  record.qtype = QType(type);
  record.content = std::move(content);
  return DNSRecord(record);
}

}  // namespace

const DNSRecord& ContentCache::get(const Record& record) {
  const std::size_t hash = std::hash<std::string_view>()(record.data) + static_cast<std::size_t>(record.type);
  Slot& slot = slots_[hash % kSlots];
  if (slot.type != record.type || slot.data != record.data) {
    slot.record = make(static_cast<std::uint16_t>(record.type), to_content(record));
    slot.type = record.type;
    slot.data = record.data;
  }
  return slot.record;
}

const DNSRecord& ContentCache::empty() {
  if (!empty_) empty_ = make(0, "");
  return *empty_;
}

}  // namespace emailauth::pdns
