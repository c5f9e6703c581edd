#include "policy/publish/owners_dns.h"

namespace emailauth {

DnsAnswer OwnersDns::ask(const DnsQuestion& question) {
  DnsAnswer out;
  if (question.name == domain_ && question.type == RecordType::txt) {
    out.texts = {record_};
    return out;
  }
  const Answer answer = responder_.answer(question.name);
  if (answer.kind == Answer::Kind::outside) return ask_beyond(question);
  if (answer.kind == Answer::Kind::missing) out.status = DnsStatus::nxdomain;
  for (const Record& record : answer.records) {
    if (record.type != question.type) continue;
    if (record.type == RecordType::txt) out.texts.push_back(record.data);
    if (record.type == RecordType::a) out.addresses.push_back(*IpAddress::parse(record.data));
  }
  return out;
}

DnsAnswer OwnersDns::ask_beyond(const DnsQuestion& question) {
  if (beyond_ != nullptr) return beyond_->ask(question);
  DnsAnswer out;
  if (question.type == RecordType::txt)
    out.texts = {"v=spf1 -all"};
  else
    out.status = DnsStatus::nxdomain;
  return out;
}

}  // namespace emailauth
