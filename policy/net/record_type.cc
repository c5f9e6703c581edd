#include "policy/net/record_type.h"

namespace emailauth {

std::string_view to_text(RecordType type) {
  switch (type) {
    case RecordType::a: return "A";
    case RecordType::ns: return "NS";
    case RecordType::cname: return "CNAME";
    case RecordType::soa: return "SOA";
    case RecordType::ptr: return "PTR";
    case RecordType::mx: return "MX";
    case RecordType::txt: return "TXT";
    case RecordType::aaaa: return "AAAA";
    case RecordType::ds: return "DS";
    case RecordType::spf: return "SPF";
  }
  return {};
}

}  // namespace emailauth
