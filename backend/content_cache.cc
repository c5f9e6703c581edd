#include "backend/content_cache.h"

#include <functional>

#include "backend/convert.h"
#include "backend/text_content.h"

namespace emailauth::pdns {

namespace {

DNSRecord make(std::uint16_t type, std::string content) {
  DNSResourceRecord record;
  record.qtype = QType(type);
  record.content = std::move(content);
  return DNSRecord(record);
}

DNSRecord make_text(std::string_view text) {
  DNSRecord record;
  record.d_type = QType::TXT;
  set_content(record, std::make_shared<TextContent>(text));
  return record;
}

}  // namespace

const DNSRecord& ContentCache::get(const Record& record) {
  const std::size_t hash = std::hash<std::string_view>()(record.data) + static_cast<std::size_t>(record.type);
  Slot& slot = slots_[hash % kSlots];
  if (slot.type != record.type || slot.data != record.data) {
    const bool is_text = record.type == RecordType::txt;
    slot.record = is_text ? make_text(record.data) : make(static_cast<std::uint16_t>(record.type), to_content(record));
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
