#include "policy/message/dmarc.h"

#include <algorithm>
#include <map>
#include <optional>

#include "policy/check/dmarc_meaning.h"
#include "policy/check/dmarc_walk.h"
#include "policy/spf/visible_text.h"

namespace emailauth::message {

namespace {

using check::DmarcMeaning;

DmarcAction one_less(DmarcAction action) {
  switch (action) {
    case DmarcAction::none:
    case DmarcAction::quarantine: return DmarcAction::none;
    case DmarcAction::reject: return DmarcAction::quarantine;
  }
  return DmarcAction::none;
}

// RFC 9989, 4.10.1: a wrong sp= or np= spoils the record as a wrong p= does.
bool is_spoilt(const DmarcMeaning& meaning) {
  return !meaning.says_p || std::any_of(meaning.unused.begin(), meaning.unused.end(), [](const std::string& tag) {
    return tag.starts_with("sp=") || tag.starts_with("np=");
  });
}

class DmarcJudge {
 public:
  DmarcJudge(Dns& dns, const Name& author) : dns_(dns) { out_.author = author; }

  DmarcVerdict run(const std::vector<Identifier>& identifiers) {
    const check::Organisation organisation = walk(out_.author);
    out_.organisation = organisation.domain.value_or(out_.author);
    const bool found = find_policy(organisation);
    if (found) choose_action();
    for (const Identifier& one : identifiers) out_.alignments.push_back(aligned(one));
    if (found) decide();
    return std::move(out_);
  }

 private:
  check::Organisation walk(const Name& domain) {
    const auto known = organisations_.find(domain);
    if (known != organisations_.end()) return known->second;
    const std::vector<Name> names = check::tree_walk(domain);
    std::vector<DnsQuestion> questions;
    for (const Name& name : names) {
      if (const auto at = below("_dmarc", name)) questions.push_back({*at, RecordType::txt});
    }
    dns_.expect(questions);
    check::Organisation out = check::organisation_by_walk(dns_, names);
    for (const DnsQuestion& question : questions) {
      const DnsAnswer found = dns_.ask(question);
      if (found.failed() && failure_.empty()) failure_ = question.name.to_string() + ": " + failure_text(found);
    }
    return organisations_.emplace(domain, std::move(out)).first->second;
  }

  // The author's own record, then the organisation's, then the public suffix's (4.10.1).
  bool find_policy(const check::Organisation& organisation) {
    const auto own = below("_dmarc", out_.author);
    const bool own_fails = own && dns_.ask(*own, RecordType::txt).failed();
    for (const auto& place : {std::optional<Name>(out_.author), organisation.domain, organisation.public_suffix}) {
      if (!place || own_fails || !out_.record.empty()) continue;
      out_.record = check::dmarc_record_of(dns_, *place);
      out_.at = *place;
    }
    if (own_fails || (out_.record.empty() && !failure_.empty())) {
      out_.result = DmarcResult::temperror;
      out_.reason = "the policy cannot be looked up: " + failure_;
      return false;
    }
    if (out_.record.empty()) {
      out_.reason = out_.author.to_string() + " has no DMARC record, nor has a domain above it";
      return false;
    }
    meaning_ = check::dmarc_meaning(out_.record);
    const bool spoilt = is_spoilt(meaning_);
    if (spoilt && meaning_.policy.rua->empty()) {
      out_.reason = "the record of " + out_.at.to_string() +
                    " contains no policy that receivers can use: " + spf::quoted_text(out_.record, 100);
      out_.record.clear();
      return false;
    }
    if (spoilt) meaning_.policy.p = DmarcAction::none;
    if (spoilt) meaning_.policy.sp = meaning_.policy.np = std::nullopt;
    return true;
  }

  void choose_action() {
    const DmarcPolicy& policy = meaning_.policy;
    out_.strict_dkim = policy.adkim == 's';
    out_.strict_spf = policy.aspf == 's';
    out_.testing = policy.testing;
    out_.pct = policy.legacy.pct.value_or(100);
    out_.tag = "p";
    out_.asked = policy.p;
    if (out_.at != out_.author) {
      out_.exists = dns_.ask(out_.author, RecordType::a).status != DnsStatus::nxdomain;
      const bool np = !out_.exists && policy.np;
      if (np)
        out_.tag = "np";
      else if (policy.sp)
        out_.tag = "sp";
      out_.asked = np ? *policy.np : policy.sp.value_or(policy.p);
    }
    out_.action = out_.testing ? one_less(out_.asked) : out_.asked;
  }

  Alignment aligned(const Identifier& one) {
    const bool strict = one.dkim ? out_.strict_dkim : out_.strict_spf;
    const std::string domain = one.domain.to_string();
    if (one.domain == out_.author) return {one, true, "is the domain in From"};
    if (strict) {
      return {one, false, std::string(one.dkim ? "adkim=s" : "aspf=s") + " wants exactly " + out_.author.to_string()};
    }
    // Nothing in common at the right end: no tree walk could find one organisation.
    const auto last = [](const Name& name) {
      Name at = name;
      while (at.label_count() > 1) at = at.parent();
      return at;
    };
    const std::string failure = failure_;
    const Name organisation =
        last(one.domain) == last(out_.author) ? walk(one.domain).domain.value_or(one.domain) : one.domain;
    if (!one.passes) failure_ = failure;  // a receiver would not have looked it up
    if (organisation == out_.organisation) return {one, true, "has the same organisation, " + organisation.to_string()};
    return {one, false,
            (organisation == one.domain ? "is a different organisation from "
                                        : "its organisation is " + organisation.to_string() + ", not ") +
                out_.organisation.to_string()};
  }

  void decide() {
    const auto text = [](const Alignment& a) {
      return std::string(a.identifier.dkim ? "DKIM" : "SPF") + " passes for " + a.identifier.domain.to_string() +
             ", which " + a.why;
    };
    std::string strangers;
    std::string broken;
    bool maybe = false;
    for (const Alignment& a : out_.alignments) {
      if (a.identifier.passes && a.aligned) {
        if (out_.result == DmarcResult::pass) continue;
        out_.result = DmarcResult::pass;
        out_.reason = text(a);
      } else if (a.identifier.passes) {
        strangers += (strangers.empty() ? "" : ", ") + std::string(a.identifier.dkim ? "DKIM" : "SPF") +
                     " passes for " + a.identifier.domain.to_string() + ", which is not aligned";
      } else if (a.aligned) {
        maybe = maybe || a.identifier.result == "temperror";
        broken += (broken.empty() ? "" : ", ") + std::string(a.identifier.dkim ? "DKIM" : "SPF") + " of " +
                  a.identifier.domain.to_string() + " is aligned, but its result is " + a.identifier.result;
      }
    }
    if (out_.result == DmarcResult::pass) return;
    out_.result = maybe || !failure_.empty() ? DmarcResult::temperror : DmarcResult::fail;
    out_.reason = strangers;
    if (!broken.empty()) out_.reason += (strangers.empty() ? "" : "; ") + broken;
    if (out_.reason.empty()) out_.reason = "neither SPF nor DKIM vouches for " + out_.author.to_string();
  }

  Dns& dns_;
  DmarcVerdict out_;
  DmarcMeaning meaning_;
  std::map<Name, check::Organisation> organisations_;
  std::string failure_;  // the first name of a walk that did not answer
};

}  // namespace

std::string_view to_text(DmarcResult result) {
  switch (result) {
    case DmarcResult::none: return "none";
    case DmarcResult::pass: return "pass";
    case DmarcResult::fail: return "fail";
    case DmarcResult::temperror: return "temperror";
  }
  return {};
}

DmarcVerdict judge_dmarc(Dns& dns, const Name& author, const std::vector<Identifier>& identifiers) {
  return DmarcJudge(dns, author).run(identifiers);
}

}  // namespace emailauth::message
