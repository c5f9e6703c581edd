#include "backend/convert.h"

#include "policy/records/txt_content.h"

namespace emailauth::pdns {

Name to_name(const DNSName& name) {
  const Result<Name> converted = Name::from_wire(name.toDNSStringLC());
  return converted ? *converted : Name();
}

DNSName to_dns_name(std::string_view wire) {
  if (wire.size() <= 1) return g_rootdnsname;
  DNSName name;
  for (std::size_t at = 0; wire[at] != 0;) {
    const auto length = static_cast<unsigned char>(wire[at]);
    name.appendRawLabel(wire.data() + at + 1, length);
    at += length + 1U;
  }
  return name;
}

DNSName to_dns_name(const Name& name) { return to_dns_name(name.wire()); }

std::string to_content(const Record& record) {
  return record.type == RecordType::txt ? to_txt_content(record.data) : record.data;
}

}  // namespace emailauth::pdns
