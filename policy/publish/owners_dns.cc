#include "policy/publish/owners_dns.h"

namespace emailauth {

spf::DnsAnswer OwnersDns::query(const Name& name, spf::QueryType type) {
  spf::DnsAnswer out;
  if (name == domain_ && type == spf::QueryType::txt) {
    out.texts = {record_};
    return out;
  }
  const Answer answer = responder_.answer(name);
  if (answer.kind == Answer::Kind::outside) return ask_beyond(name, type);
  if (answer.kind == Answer::Kind::missing) out.status = spf::DnsStatus::nxdomain;
  for (const Record& record : answer.records) {
    if (record.type == RecordType::txt && type == spf::QueryType::txt) out.texts.push_back(record.data);
    if (record.type == RecordType::a && type == spf::QueryType::a) {
      out.addresses.push_back(*IpAddress::parse(record.data));
    }
  }
  return out;
}

spf::DnsAnswer OwnersDns::ask_beyond(const Name& name, spf::QueryType type) {
  if (beyond_ != nullptr) return beyond_->query(name, type);
  spf::DnsAnswer out;
  if (type == spf::QueryType::txt)
    out.texts = {"v=spf1 -all"};
  else
    out.status = spf::DnsStatus::nxdomain;
  return out;
}

}  // namespace emailauth
