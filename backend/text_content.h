// backend/text_content.h - The data of a TXT record in PowerDNS' own form, ready for the wire.
//
// PowerDNS' own class parses the quoted text when a record is made and again when
// it is sent; text that we make ourselves needs neither.
#pragma once

#include <string>
#include <string_view>

#include "backend/pdns_compat.h"
#include "policy/records/txt_content.h"

namespace emailauth::pdns {

class TextContent final : public DNSRecordContent {
 public:
  explicit TextContent(std::string_view text) : rdata_(to_txt_rdata(text)) {}

  std::string getZoneRepresentation(bool /*noDot*/ = false) const override { return txt_content_of_rdata(rdata_); }
  uint16_t getType() const override { return QType::TXT; }
#if PDNS_API >= 408
  void toPacket(DNSPacketWriter& writer) const override { writer.xfrBlob(rdata_); }
#else
  void toPacket(DNSPacketWriter& writer) override { writer.xfrBlob(rdata_); }
#endif
#if PDNS_API >= 500
  size_t sizeEstimate() const override { return sizeof(*this) + rdata_.size(); }
#endif

 private:
  std::string rdata_;
};

}  // namespace emailauth::pdns
