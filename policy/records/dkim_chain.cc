#include "policy/records/dkim_chain.h"

#include <algorithm>
#include <map>
#include <utility>

#include "policy/records/hosted_family.h"

namespace emailauth {

namespace {

bool is_cname(const DkimKey& key) { return key.cname && key.state != DkimKeyState::revoked; }

class ChainCheck {
 public:
  ChainCheck(const PolicyNode& node, const DkimPolicy& policy, const Name& domain) : node_(node), policy_(policy) {
    const Result<Name> apex = *Name::parse(to_text(HostedFamily::dkim)) + domain;
    if (apex) apex_ = *apex;
    for (std::size_t i = 0; i < policy.keys.size(); ++i) by_name_.emplace(full_name(policy.keys[i].selector), i);
  }

  void run() {
    for (std::size_t i = 0; i < policy_.keys.size(); ++i) {
      if (is_cname(policy_.keys[i]) && apex_) check(i);
    }
    if (errors_.empty()) return;
    const PolicyNodes items = node_.find("keys")->items();
    for (auto& [key, message] : errors_) items[key].find("cname")->error(std::move(message));
  }

 private:
  Name full_name(const Name& selector) const {
    const Result<Name> name = apex_ ? selector + *apex_ : Result<Name>(Error{});
    return name ? *name : Name();
  }

  // Follows a chain from its first key; a loop is reported at the first of its keys that the file has.
  void check(std::size_t first) {
    std::vector<std::size_t> way;
    std::size_t at = first;
    while (true) {
      const auto seen = std::find(way.begin(), way.end(), at);
      if (seen != way.end()) {
        if (seen == way.begin() && *std::min_element(way.begin(), way.end()) == first)
          errors_.emplace_back(first, loop(way));
        return;
      }
      if (way.size() == kMostCnames) {
        errors_.emplace_back(first, "this is the first of more than " + std::to_string(kMostCnames) +
                                        " CNAMEs in a row, which the name server does not follow; name the last "
                                        "target here");
        return;
      }
      way.push_back(at);
      const Name& target = *policy_.keys[at].cname;
      if (!target.is_at_or_below(*apex_)) return;
      const auto next = by_name_.find(target);
      if (next == by_name_.end()) return check_missing(first, at, target);
      at = next->second;
      if (!is_cname(policy_.keys[at])) return;
    }
  }

  // Reported at the place where the target is written.
  void check_missing(std::size_t first, std::size_t at, const Name& target) {
    const bool revoked = policy_.other_selectors == OtherSelectors::revoked && target != *apex_;
    if (first != at || revoked) return;
    errors_.emplace_back(first, in_quotes(target.to_string()) +
                                    " is a name of this policy that holds no key; add that selector, or name the key "
                                    "of the service");
  }

  std::string loop(const std::vector<std::size_t>& way) const {
    std::string out = "this CNAME leads back to itself: ";
    for (const std::size_t key : way) out += policy_.keys[key].selector.to_string() + " -> ";
    return out + policy_.keys[way.front()].selector.to_string() + "; name the key of the service in one of them";
  }

  const PolicyNode& node_;
  const DkimPolicy& policy_;
  std::optional<Name> apex_;  // nullopt if it would be too long for a name
  std::map<Name, std::size_t> by_name_;
  std::vector<std::pair<std::size_t, std::string>> errors_;  // by key
};

}  // namespace

void check_dkim_chains(const PolicyNode& node, const DkimPolicy& policy, const Name& domain) {
  ChainCheck(node, policy, domain).run();
}

}  // namespace emailauth
