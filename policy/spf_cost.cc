#include "policy/spf_cost.h"

#include <algorithm>

#include "policy/spf/evaluator.h"

namespace emailauth {

namespace {

// DNS as it would be with the record published.
class OwnersDns : public spf::Resolver {
 public:
  OwnersDns(const Responder& responder, const Name& domain, const std::string& record, spf::Resolver* beyond)
      : responder_(responder), domain_(domain), record_(record), beyond_(beyond) {}

  spf::DnsAnswer query(const Name& name, spf::QueryType type) override {
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

 private:
  spf::DnsAnswer ask_beyond(const Name& name, spf::QueryType type) {
    if (beyond_ != nullptr) return beyond_->query(name, type);
    spf::DnsAnswer out;
    if (type == spf::QueryType::txt)
      out.texts = {"v=spf1 -all"};
    else
      out.status = spf::DnsStatus::nxdomain;
    return out;
  }

  const Responder& responder_;
  const Name& domain_;
  const std::string& record_;
  spf::Resolver* beyond_;
};

}  // namespace

SpfCost cost_of_record(const Responder& responder, const Name& domain, const std::string& record,
                       spf::Resolver* beyond) {
  OwnersDns dns(responder, domain, record, beyond);
  SpfCost cost;
  // Of several strangers the dearest counts: one of them may be known to a vendor.
  for (const char* stranger : {"203.0.113.254", "198.51.100.254", "192.0.2.254", "240.0.0.1"}) {
    spf::Question question;
    question.client = *IpAddress::parse(stranger);
    question.helo = "mail.example.net";
    question.mail_from = "postmaster@" + domain.to_string();
    const spf::Evaluation result = spf::check_host(dns, question, {1000, 1000, 10});
    cost.lookups = std::max(cost.lookups, result.terms);
    cost.void_lookups = std::max(cost.void_lookups, result.void_lookups);
    const bool broken = result.verdict == spf::Verdict::permerror || result.verdict == spf::Verdict::temperror;
    if (broken) cost.error = result.reason;
  }
  return cost;
}

}  // namespace emailauth
