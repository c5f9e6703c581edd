#include "policy/publish/spf_cost.h"

#include <algorithm>

#include "policy/publish/owners_dns.h"
#include "policy/spf/evaluator.h"

namespace emailauth {

SpfCost cost_of_record(const Responder& responder, const Name& domain, const std::string& record, Dns* beyond) {
  OwnersDns dns(responder, domain, record, beyond);
  SpfCost cost;
  // Evaluates for several strangers and takes the highest cost: a vendor may know one of them, and names with decimal
  // digits at the end of an address may be read in two ways.
  for (const char* stranger : {"203.0.113.254", "198.51.100.254", "192.0.2.254", "240.0.0.1", "2001:db8::9999"}) {
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
