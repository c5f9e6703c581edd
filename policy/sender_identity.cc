#include "policy/sender_identity.h"

#include <algorithm>
#include <map>

#include "policy/diagnostic.h"

namespace emailauth {

namespace {

// How telling evidence is: an include is written for one service alone, a selector
// such as "s1" is used by many.
enum Weight : int { kSelector = 10, kReturnPath = 40, kAddress = 50, kDkimDomain = 60, kDkimBoth = 80, kInclude = 90 };

struct Clue {
  const SenderPolicy* sender;
  int score;
  std::string what;
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// The longest of `known` that `name` is, or lies below; "" when there is none.
std::string best_of(const std::vector<Name>& known, const Name& name) {
  const std::string text = "." + lower(name.to_string());
  std::string best;
  for (const Name& one : known) {
    const std::string end = "." + lower(one.to_string());
    const bool below = text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
    if (below && end.size() > best.size()) best = end;
  }
  return best.empty() ? best : best.substr(1);
}

std::vector<Clue> clues_of_include(const SenderPolicy& sender, const std::string& include) {
  if (include.empty()) return {};
  for (const std::string& term : sender.spf) {
    const std::size_t colon = term.find(':');
    if (colon != std::string::npos && lower(term.substr(colon + 1)) == lower(include)) {
      return {{&sender, kInclude, "its SPF term is " + in_quotes(term)}};
    }
  }
  return {};
}

std::vector<Clue> clues_of_dkim(const SenderPolicy& sender, const MailEvidence& mail) {
  const auto& selectors = sender.dkim_selectors;
  const bool selector = !mail.selector.empty() &&
                        std::any_of(selectors.begin(), selectors.end(),
                                    [&](const std::string& known) { return lower(known) == lower(mail.selector); });
  const std::string domain = mail.dkim_domain ? best_of(sender.dkim_domains, *mail.dkim_domain) : "";
  if (selector && !domain.empty()) {
    return {
        {&sender, kDkimBoth, "it signs for " + in_quotes(domain) + " with the selector " + in_quotes(mail.selector)}};
  }
  if (!domain.empty()) return {{&sender, kDkimDomain, "it signs for " + in_quotes(domain)}};
  if (selector) return {{&sender, kSelector, "it uses the selector " + in_quotes(mail.selector)}};
  return {};
}

std::vector<Clue> clues_of_path(const SenderPolicy& sender, const MailEvidence& mail) {
  const std::string path = mail.return_path ? best_of(sender.return_path, *mail.return_path) : "";
  if (path.empty()) return {};
  return {{&sender, kReturnPath, "its return paths are in " + in_quotes(path)}};
}

// A small network says more than a large one: it adds a little to the score.
std::vector<Clue> clues_of_address(const SenderPolicy& sender, const MailEvidence& mail) {
  const IpPrefix* best = nullptr;
  for (const IpPrefix& network : sender.networks) {
    if (network.contains(mail.ip->unmapped()) && (best == nullptr || network.length() > best->length()))
      best = &network;
  }
  if (best == nullptr) return {};
  const int detail = best->length() * 9 / address_bits(best->family());
  return {{&sender, kAddress + detail, "the address is in its network " + best->to_string()}};
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

std::vector<SenderMatch> identify_sender(std::span<const SenderPolicy> senders, const MailEvidence& mail) {
  std::vector<Clue> clues;
  for (const SenderPolicy& sender : senders) {
    for (auto found : {clues_of_include(sender, mail.include), clues_of_dkim(sender, mail), clues_of_path(sender, mail),
                       mail.ip ? clues_of_address(sender, mail) : std::vector<Clue>{}}) {
      clues.insert(clues.end(), found.begin(), found.end());
    }
  }
  std::stable_sort(clues.begin(), clues.end(), [](const Clue& a, const Clue& b) { return a.score > b.score; });
  std::map<int, int> sharers;  // of evidence of one weight
  for (const Clue& clue : clues) ++sharers[clue.score];
  std::vector<SenderMatch> out;
  for (const Clue& clue : clues) {
    auto known = std::find_if(out.begin(), out.end(), [&](const SenderMatch& m) { return m.sender == clue.sender; });
    if (known == out.end()) {
      const Confidence alone = clue.score >= kDkimDomain   ? Confidence::high
                               : clue.score >= kReturnPath ? Confidence::medium
                                                           : Confidence::low;
      const bool shared = sharers[clue.score] > 1;
      const Confidence confidence = !shared || alone == Confidence::low ? alone : Confidence::low;
      known = out.insert(out.end(), {clue.sender, confidence, 0, {}});
    }
    known->score = std::max(known->score, clue.score);
    known->evidence.push_back(clue.what);
  }
  // Among equals, who has more evidence.
  std::stable_sort(out.begin(), out.end(), [](const SenderMatch& a, const SenderMatch& b) {
    return a.score != b.score ? a.score > b.score : a.evidence.size() > b.evidence.size();
  });
  return out;
}

}  // namespace emailauth
