#include "policy/dns/certain_dns.h"

#include "policy/base/count.h"
#include "policy/dns/budget.h"

namespace emailauth::check {

std::string_view to_text(RrType type) {
  switch (type) {
    case RrType::a: return "A";
    case RrType::ns: return "NS";
    case RrType::cname: return "CNAME";
    case RrType::ptr: return "PTR";
    case RrType::mx: return "MX";
    case RrType::txt: return "TXT";
    case RrType::aaaa: return "AAAA";
    case RrType::spf: return "SPF";
  }
  return {};
}

const Found& CertainDns::ask(const Question& question) {
  const Found& found = dns_.ask(question);
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

}  // namespace emailauth::check
