#include "policy/publish/publication_steps.h"

#include <algorithm>
#include <initializer_list>

#include "policy/base/command_line.h"
#include "policy/base/text.h"

namespace emailauth {

namespace {

class Planner {
 public:
  Planner(const Publication& wanted, const PublicationState* state) : wanted_(wanted), state_(state) {}

  std::vector<PublicationStep> run() {
    lower_ttls();
    import_selectors();
    publish_keys();
    publish_spf();
    const bool can_check = !steps_.empty() && !wanted_.blocked;
    if (can_check && !open({PublicationPart::dmarc}).empty()) {
      steps_.push_back({"Wait " + std::to_string(kPublishedTtl) +
                            " seconds, the TTL, and check that mail from every sender passes SPF and DKIM",
                        {},
                        {},
                        {},
                        {}});
    }
    publish_dmarc();
    publish_others();
    sign();
    if (!steps_.empty()) {
      steps_.push_back({"Check that everything is in place",
                        {CommandLine({"emailauth", "records"}).operand(domain()).flag("--live").text()},
                        {},
                        {},
                        {}});
    }
    return std::move(steps_);
  }

 private:
  std::string domain() const { return wanted_.domain.to_string(); }

  // Returns what is not in place of these parts.
  std::vector<const PublishedRrset*> open(std::initializer_list<PublicationPart> parts) const {
    std::vector<const PublishedRrset*> out;
    for (std::size_t i = 0; i < wanted_.rrsets.size(); ++i) {
      const PublishedRrset& rrset = wanted_.rrsets[i];
      if (std::find(parts.begin(), parts.end(), rrset.part) == parts.end()) continue;
      if (state_ == nullptr || state_->rrsets[i].state != InPlace::yes) out.push_back(&rrset);
    }
    return out;
  }

  // The pointers' names, each once: "_domainkey.example.com" for all selectors.
  static std::vector<std::string> names_of(const std::vector<const PublishedRrset*>& rrsets) {
    std::vector<std::string> names;
    for (const PublishedRrset* rrset : rrsets) names.push_back(rrset->key.name.to_string());
    return names;
  }

  void lower_ttls() {
    PublicationStep step;
    step.heading = "Lower the TTL of what is replaced to " + std::to_string(kLoweredTtl) +
                   " seconds, and wait as long as the old TTL was";
    step.notes = {"then a mistake can be undone within five minutes"};
    if (state_ == nullptr) {
      const auto has = [this](PublicationPart part) { return !open({part}).empty(); };
      if (has(PublicationPart::dkim)) step.notes.push_back("TXT and CNAME below _domainkey." + domain());
      if (has(PublicationPart::spf)) step.notes.push_back("TXT at " + domain());
      if (has(PublicationPart::dmarc)) step.notes.push_back("TXT or CNAME at _dmarc." + domain());
      if (step.notes.size() > 1) steps_.push_back(std::move(step));
      return;
    }
    for (const RrsetState& state : state_->rrsets) {
      for (FoundRrset found : state.remove) {
        if (found.ttl <= kLoweredTtl) continue;
        if (found.key.name == wanted_.domain) found.data.insert(found.data.end(), state.keep.begin(), state.keep.end());
        step.lower.push_back(std::move(found));
      }
    }
    if (!step.lower.empty()) steps_.push_back(std::move(step));
  }

  // A delegation hides every selector that the policy does not have.
  void import_selectors() {
    const auto keys = open({PublicationPart::dkim});
    if (keys.empty() || wanted_.way == PointBy::cname || wanted_.blocked) return;
    PublicationStep step;
    step.heading = "Make sure that the policy has every DKIM selector in use: the next step switches off all others";
    std::vector<std::string> known;
    for (const Name& selector : wanted_.selectors) known.push_back(selector.to_string());
    step.notes.push_back(known.empty() ? "it has none" : "it holds " + joined(known));
    if (state_ != nullptr) {
      for (const FoundRrset& lost : state_->lost_selectors)
        step.notes.push_back(lost.key.name.to_string() + " is in use and not in the policy; add it to \"dkim\"");
    }
    steps_.push_back(std::move(step));
  }

  void publish_keys() {
    const auto keys = open({PublicationPart::dkim});
    if (keys.empty()) return;
    PublicationStep step;
    step.publish = keys;
    if (wanted_.way == PointBy::ns) {
      step.heading = "Delegate " + joined(names_of(keys)) + ", then remove everything below it";
      if (wanted_.blocked) step.notes.push_back("the domain is blocked: every key of it is revoked from now on");
    } else {
      step.heading = "Point the DKIM selectors to the mirror zone";
      step.notes.push_back(
          "other selectors stay as they are until they are removed; those below an old delegation end");
    }
    steps_.push_back(std::move(step));
  }

  void publish_spf() {
    const auto spf = open({PublicationPart::spf});
    if (spf.empty()) return;
    PublicationStep step;
    step.heading = "Publish the SPF record in place of any other: two are an error for receivers (RFC 7208, 4.5)";
    if (!wanted_.blocked)
      step.notes.push_back("what the old record allows must be in the policy: senders and netblocks");
    step.publish = spf;
    steps_.push_back(std::move(step));
  }

  void publish_dmarc() {
    const auto dmarc = open({PublicationPart::dmarc});
    if (dmarc.empty()) return;
    steps_.push_back({"Point " + joined(names_of(dmarc)) + " to us: receivers follow the DMARC policy from now on",
                      {},
                      {},
                      dmarc,
                      {}});
  }

  void publish_others() {
    const auto others = open({PublicationPart::mta_sts, PublicationPart::tls_rpt, PublicationPart::bimi});
    if (others.empty()) return;
    PublicationStep step;
    step.heading = "Point " + joined(names_of(others)) + " to us";
    if (!open({PublicationPart::mta_sts}).empty()) {
      step.notes.push_back("https://mta-sts." + domain() +
                           "/.well-known/mta-sts.txt must exist before (RFC 8461, 3.3)");
    }
    step.publish = others;
    steps_.push_back(std::move(step));
  }

  void sign() {
    PublicationStep step;
    step.heading = "If the owner's zone is signed: sign ours first, then add the DS records of export-zone-ds to it";
    for (const PublishedRrset* rrset : open({PublicationPart::dkim, PublicationPart::dmarc, PublicationPart::mta_sts,
                                             PublicationPart::tls_rpt, PublicationPart::bimi})) {
      if (rrset->key.type == RecordType::ns) step.sign.push_back(rrset->key.name);
    }
    if (!step.sign.empty()) steps_.push_back(std::move(step));
  }

  const Publication& wanted_;
  const PublicationState* state_;
  std::vector<PublicationStep> steps_;
};

}  // namespace

std::vector<PublicationStep> steps_of(const Publication& wanted, const PublicationState* state) {
  return Planner(wanted, state).run();
}

}  // namespace emailauth
