#include "policy/check/certain_dns.h"

#include <algorithm>

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
  std::string failure =
      std::string(to_text(question.type)) + " at " + question.name.to_string() + ": " + failure_text(found);
  if (std::find(failures_.begin(), failures_.end(), failure) == failures_.end()) {
    failures_.push_back(std::move(failure));
  }
  return found;
}

}  // namespace emailauth::check
