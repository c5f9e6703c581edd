#include "backend/convert.h"

#include "policy/records/txt_content.h"

namespace emailauth::pdns {

Name to_name(const DNSName& name) {
  const Result<Name> converted = Name::from_wire(name.toDNSStringLC());
  return converted ? *converted : Name();
}

DNSName to_dns_name(const Name& name) {
  return DNSName(name.wire().data(), static_cast<int>(name.wire().size()), 0, false);
}

std::string to_content(const Record& record) {
  return record.type == RecordType::txt ? to_txt_content(record.data) : record.data;
}

}  // namespace emailauth::pdns
