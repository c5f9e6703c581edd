#include "policy/senders/sender_identity.h"

#include <algorithm>
#include <map>

#include "policy/base/diagnostic.h"

namespace emailauth {

namespace {

// How telling evidence is: an include is written for one service alone, a selector
// such as "s1" is used by many.
enum Weight : int { kSelector = 10, kReturnPath = 40, kAddress = 50, kDkimDomain = 60, kDkimBoth = 80, kInclude = 90 };

// Networks by the position of their sender: ids need not be unique.
SenderTable network_table(std::span<const SenderPolicy> senders) {
  std::vector<SenderTable::Sender> rows(senders.size());
  for (std::size_t i = 0; i < senders.size(); ++i) {
    rows[i].id = std::to_string(i);
    rows[i].id.insert(0, 10 - std::min<std::size_t>(rows[i].id.size(), 10), '0');  // in order of position
    rows[i].networks = senders[i].networks;
  }
  return SenderTable(std::move(rows));
}

// A small network says more than a large one: it adds a little to the score.
int score_of_address(const IpPrefix& network) {
  return kAddress + network.length() * 9 / address_bits(network.family());
}

Confidence confidence_of(int score, bool shared) {
  const Confidence alone = score >= kDkimDomain   ? Confidence::high
                           : score >= kReturnPath ? Confidence::medium
                                                  : Confidence::low;
  return shared ? Confidence::low : alone;
}

}  // namespace

std::string_view to_string(Confidence confidence) {
  switch (confidence) {
    case Confidence::low: return "low";
    case Confidence::medium: return "medium";
    case Confidence::high: return "high";
  }
  return {};
}

SenderIndex::SenderIndex(std::span<const SenderPolicy> senders) : senders_(senders), networks_(network_table(senders)) {
  const auto add = [](Users& users, const std::string& key, std::size_t sender) {
    std::vector<std::size_t>& known = users[key];
    if (known.empty() || known.back() != sender) known.push_back(sender);
  };
  for (std::size_t i = 0; i < senders.size(); ++i) {
    for (const std::string& term : senders[i].spf) {
      if (const std::size_t colon = term.find(':'); colon != std::string::npos)
        add(includes_, ascii_lower(term.substr(colon + 1)), i);
    }
    for (const std::string& selector : senders[i].dkim_selectors) add(selectors_, ascii_lower(selector), i);
    for (const Name& domain : senders[i].dkim_domains) add(dkim_domains_, domain.to_string(), i);
    for (const Name& domain : senders[i].return_path) add(return_paths_, domain.to_string(), i);
  }
}

std::vector<SenderIndex::Best> SenderIndex::best_of(const Users& known, const Name& name) {
  std::vector<Best> out;
  for (Name at = name; !at.is_root(); at = at.parent()) {
    const std::string text = at.to_string();
    const auto users = known.find(text);
    if (users == known.end()) continue;
    for (const std::size_t sender : users->second) {
      const bool better = std::any_of(out.begin(), out.end(), [&](const Best& best) { return best.sender == sender; });
      if (!better) out.push_back({sender, text});
    }
  }
  return out;
}

void SenderIndex::add_include(const MailEvidence& mail, std::vector<Clue>& clues) const {
  const auto users = includes_.find(ascii_lower(mail.include));
  if (mail.include.empty() || users == includes_.end()) return;
  for (const std::size_t sender : users->second) {
    const auto& terms = senders_[sender].spf;
    const auto term = std::find_if(terms.begin(), terms.end(), [&](const std::string& one) {
      const std::size_t colon = one.find(':');
      return colon != std::string::npos && equals_ignoring_case(std::string_view(one).substr(colon + 1), mail.include);
    });
    clues.push_back({sender, kInclude, "its SPF term is " + in_quotes(*term)});
  }
}

void SenderIndex::add_dkim(const MailEvidence& mail, std::vector<Clue>& clues) const {
  const auto users = mail.selector.empty() ? selectors_.end() : selectors_.find(ascii_lower(mail.selector));
  std::vector<std::size_t> by_selector = users == selectors_.end() ? std::vector<std::size_t>() : users->second;
  if (mail.dkim_domain) {
    for (const Best& best : best_of(dkim_domains_, *mail.dkim_domain)) {
      const bool both = std::erase(by_selector, best.sender) > 0;
      const std::string what = "it signs for " + in_quotes(best.name);
      clues.push_back({best.sender, both ? kDkimBoth : kDkimDomain,
                       both ? what + " with the selector " + in_quotes(mail.selector) : what});
    }
  }
  for (const std::size_t sender : by_selector)
    clues.push_back({sender, kSelector, "it uses the selector " + in_quotes(mail.selector)});
}

void SenderIndex::add_path(const MailEvidence& mail, std::vector<Clue>& clues) const {
  if (!mail.return_path) return;
  for (const Best& best : best_of(return_paths_, *mail.return_path))
    clues.push_back({best.sender, kReturnPath, "its return paths are in " + in_quotes(best.name)});
}

void SenderIndex::add_address(const MailEvidence& mail, std::vector<Clue>& clues) const {
  if (!mail.ip) return;
  const IpAddress address = mail.ip->unmapped();
  const SenderSet& users = networks_.senders_of(address);
  if (users.empty()) return;
  for (std::size_t sender = 0; sender < senders_.size(); ++sender) {
    if (!users.contains(sender)) continue;
    const IpPrefix* best = nullptr;
    for (const IpPrefix& network : senders_[sender].networks) {
      if (network.contains(address) && (best == nullptr || network.length() > best->length())) best = &network;
    }
    if (best != nullptr)
      clues.push_back({sender, score_of_address(*best), "the address is in its network " + best->to_string()});
  }
}

std::vector<SenderMatch> SenderIndex::identify(const MailEvidence& mail) const {
  std::vector<Clue> clues;
  add_include(mail, clues);
  add_dkim(mail, clues);
  add_path(mail, clues);
  add_address(mail, clues);
  std::stable_sort(clues.begin(), clues.end(), [](const Clue& a, const Clue& b) {
    return a.score != b.score ? a.score > b.score : a.sender < b.sender;
  });
  std::map<int, int> sharers;  // of evidence of one weight
  for (const Clue& clue : clues) ++sharers[clue.score];
  std::vector<SenderMatch> out;
  for (const Clue& clue : clues) {
    const SenderPolicy* sender = &senders_[clue.sender];
    auto known = std::find_if(out.begin(), out.end(), [&](const SenderMatch& m) { return m.sender == sender; });
    if (known == out.end()) {
      out.push_back({sender, confidence_of(clue.score, sharers[clue.score] > 1), clue.score, {}});
      known = std::prev(out.end());
    }
    known->evidence.push_back(clue.what);
  }
  // Among equals, the one with more evidence comes first.
  std::stable_sort(out.begin(), out.end(), [](const SenderMatch& a, const SenderMatch& b) {
    return a.score != b.score ? a.score > b.score : a.evidence.size() > b.evidence.size();
  });
  return out;
}

std::vector<SenderMatch> identify_sender(std::span<const SenderPolicy> senders, const MailEvidence& mail) {
  return SenderIndex(senders).identify(mail);
}

}  // namespace emailauth
