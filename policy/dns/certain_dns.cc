#include "policy/dns/certain_dns.h"

#include "policy/base/count.h"
#include "policy/dns/budget.h"

namespace emailauth {

DnsAnswer CertainDns::ask(const DnsQuestion& question) {
  DnsAnswer found = dns_.ask(question);
  if (!found.failed()) return found;
  if (failed_.insert(question).second && failures_.size() < kMostFailures) {
    failures_.push_back(std::string(to_text(question.type)) + " at " + question.name.to_string() + ": " +
                        failure_text(found));
  }
  return found;
}

std::vector<std::string> CertainDns::failures() const {
  std::vector<std::string> out = failures_;
  const std::size_t more = failed_.size() - failures_.size();
  if (more > 0) out.push_back("and " + count_of(more, "more question"));
  return out;
}

}  // namespace emailauth
