#include <algorithm>

#include "policy/base/count.h"
#include "policy/import/spf_import.h"
#include "policy/spf/evaluator.h"
#include "policy/spf/visible_text.h"

namespace emailauth::importing {

// Terms such as "include:%{ir}.%{v}.%{d}._spf.other.example" answer for one address at a
// time: addresses seen sending are tried, the rest is lost.
void SpfImport::keep_unrevealed() {
  if (unrevealed_.empty()) return;
  const bool asked = !context_.options.seen.empty();
  for (const std::string& term : unrevealed_) {
    if (asked) continue;
    context_.lost(
        "SPF", context_.domain,
        spf::quoted_text(term, 120) + ": it does not reveal who may send, and answers for each address separately",
        "list the addresses seen sending in a file, and import with --ips FILE");
  }
  if (asked) ask_seen();
}

bool SpfImport::is_covered(const IpAddress& address) const {
  return authorised_.contains(address) || std::any_of(known_.begin(), known_.end(), [&](const SenderPolicy* sender) {
           return std::any_of(sender->networks.begin(), sender->networks.end(),
                              [&](const IpPrefix& network) { return network.contains(address); });
         });
}

void SpfImport::ask_seen() {
  std::size_t passed = 0;
  for (const SeenAddress& seen : context_.options.seen) {
    spf::Question question;
    question.client = seen.address.unmapped();
    question.helo = seen.helo;
    question.mail_from = seen.local_part + "@" + context_.domain.to_string();
    if (spf::check_host(context_.dns, question).verdict != spf::Verdict::pass) continue;
    ++passed;
    if (is_covered(question.client)) continue;
    const IpPrefix host(question.client);
    netblocks_.push_back(
        {{"network", host.to_string()}, {"note", "seen sending; authorised by " + unrevealed_.front()}});
    authorised_ |= IpSet(host);
  }
  for (const std::string& term : unrevealed_) {
    context_.note("SPF", context_.domain,
                  spf::quoted_text(term, 120) + " does not reveal who may send: of " +
                      count_of(context_.options.seen.size(), "address", "addresses") + " that were checked " +
                      std::to_string(passed) + " may, and nothing is known of others");
  }
}

}  // namespace emailauth::importing
