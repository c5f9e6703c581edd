#include <algorithm>

#include "policy/check/dmarc_meaning.h"
#include "policy/cutover/compare_context.h"
#include "policy/net/public_suffix.h"

namespace emailauth::cutover {

namespace {

using check::DmarcMeaning;

constexpr const char* kDmarcPart = "DMARC";

std::optional<DmarcMeaning> meaning_of(const std::vector<std::string>& texts) {
  DnsAnswer found;
  found.texts = texts;
  const std::vector<std::string> records = texts_of_version(found, "v=DMARC1", "; \t");
  if (records.size() != 1) return std::nullopt;
  DmarcMeaning meaning = check::dmarc_meaning(records.front());
  return meaning.is_policy ? std::optional(std::move(meaning)) : std::nullopt;
}

std::string listed(std::vector<std::string> uris) {
  std::sort(uris.begin(), uris.end());
  std::string out;
  for (const std::string& uri : uris) out += (out.empty() ? "" : ", ") + uri;
  return out.empty() ? "nowhere" : out;
}

class DmarcCompare {
 public:
  DmarcCompare(const CompareContext& context, const Name& where) : context_(context), where_(where.to_string()) {}

  void run(const std::optional<DmarcMeaning>& today, const DmarcMeaning& ours) {
    if (!today) return appears(ours);
    action("p", today->policy.p, ours.policy.p);
    action("sp", today->subdomains(), ours.subdomains());
    action("np", today->missing_subdomains(), ours.missing_subdomains());
    alignment("adkim", today->policy.adkim, ours.policy.adkim);
    alignment("aspf", today->policy.aspf, ours.policy.aspf);
    testing(today->policy.testing, ours.policy.testing);
    if (today->policy.testing == ours.policy.testing) share(today->policy, ours.policy);
    reports(*today, ours);
    if (today->policy.psd.value_or('u') != ours.policy.psd.value_or('u'))
      differs(false, "psd", std::string(1, today->policy.psd.value_or('u')),
              std::string(1, ours.policy.psd.value_or('u')));
  }

 private:
  // "sp is none today and would be reject".
  void differs(bool stricter, const std::string& tag, const std::string& today, const std::string& ours) {
    const std::string what = tag + " is " + today + " today, and would be " + ours;
    if (!stricter) return context_.change(kDmarcPart, where_, what);
    context_.refuse(kDmarcPart, where_, what + ": mail that is delivered today may be lost",
                    "write \"" + tag + "\" as it is today in \"dmarc\" of " + context_.wanted.file +
                        ", and change it after the move");
  }

  void appears(const DmarcMeaning& ours) {
    const std::string p(to_text(ours.policy.p));
    const bool strict = ours.policy.p != DmarcAction::none || ours.subdomains() != DmarcAction::none ||
                        ours.missing_subdomains() != DmarcAction::none;
    if (strict && !context_.wanted.blocked) return differs(true, "p", "not there", p);
    context_.change(kDmarcPart, where_, "there is no policy today, and would be p=" + p);
  }

  void action(const char* tag, DmarcAction today, DmarcAction ours) {
    if (today != ours) differs(ours > today, tag, std::string(to_text(today)), std::string(to_text(ours)));
  }

  void alignment(const char* tag, std::optional<char> today, std::optional<char> ours) {
    const char now = today.value_or('r');
    const char then = ours.value_or('r');
    // No mail of a blocked domain should pass in any way.
    if (now != then) differs(then == 's' && !context_.wanted.blocked, tag, std::string(1, now), std::string(1, then));
  }

  void testing(bool today, bool ours) {
    if (today != ours) differs(today, "t", today ? "y" : "n", ours ? "y" : "n");
  }

  // Returns the share of mail to which receivers of RFC 7489 apply the policy; t=y itself writes pct=0.
  void share(const DmarcPolicy& today, const DmarcPolicy& ours) {
    const int now = today.legacy.pct.value_or(100);
    const int then = ours.legacy.pct.value_or(100);
    if (now != then && !ours.testing) differs(then > now, "pct", std::to_string(now), std::to_string(then));
  }

  void reports(const DmarcMeaning& today, const DmarcMeaning& ours) {
    const auto compare = [this](const char* tag, const std::vector<std::string>& now,
                                const std::vector<std::string>& then) {
      const std::string before = listed(now);
      const std::string after = listed(then);
      if (before != after)
        context_.change(kDmarcPart, where_,
                        std::string(tag) + ": reports go to " + before + " today, and would go to " + after);
    };
    compare("rua", *today.policy.rua, *ours.policy.rua);
    compare("ruf", today.policy.ruf, ours.policy.ruf);
    if (!ours.policy.ruf.empty() && today.policy.fo != ours.policy.fo && !today.policy.ruf.empty())
      differs(false, "fo", today.policy.fo.empty() ? "0" : today.policy.fo,
              ours.policy.fo.empty() ? "0" : ours.policy.fo);
  }

  const CompareContext& context_;
  const std::string where_;
};

// Returns the policy that applies today: the domain's own, otherwise that of its organisation.
std::optional<DmarcMeaning> applies_today(const CompareContext& context, const Name& where) {
  if (auto own = meaning_of(context.dns.ask(where, RecordType::txt).texts)) return own;
  const auto organisation = organizational_domain(context.wanted.domain);
  if (!organisation || *organisation == context.wanted.domain) return std::nullopt;
  const Result<Name> above = below("_dmarc", *organisation);
  auto theirs = above ? meaning_of(context.dns.ask(*above, RecordType::txt).texts) : std::nullopt;
  if (theirs) theirs->policy.p = theirs->subdomains();
  return theirs;
}

}  // namespace

void compare_dmarc(const CompareContext& context) {
  const Result<Name> where = below("_dmarc", context.wanted.domain);
  if (!where || context.moves(PublicationPart::dmarc) == nullptr) return;
  const std::optional<DmarcMeaning> ours = meaning_of(context.our_texts(*where));
  if (ours) DmarcCompare(context, *where).run(applies_today(context, *where), *ours);
}

}  // namespace emailauth::cutover
