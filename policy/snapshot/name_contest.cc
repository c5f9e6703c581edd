#include "policy/snapshot/name_contest.h"

#include <algorithm>

namespace emailauth {

std::string dotted(std::string_view labels) { return to_presentation(std::string(labels) + '\0'); }

namespace {

std::string place_of(const Claim& claim) { return claim.unit->file() + ":" + std::to_string(claim.line); }

std::string_view word_for(ClaimKind kind) {
  switch (kind) {
    case ClaimKind::domain: return "domain";
    case ClaimKind::entry: return "subdomain entry";
    case ClaimKind::alias: return "alias";
  }
  return "";
}

// The order at a start: the lowest comes first.
enum class Rank : std::uint8_t { named_file, entry, domain, alias };

Rank rank_of(const Claim& claim) {
  switch (claim.kind) {
    case ClaimKind::entry: return Rank::entry;
    case ClaimKind::alias: return Rank::alias;
    case ClaimKind::domain: break;
  }
  return claim.unit->file() == "domains/" + dotted(claim.name) + ".json" ? Rank::named_file : Rank::domain;
}

std::string_view reason(Rank rank) {
  switch (rank) {
    case Rank::named_file: return "that file is named after it";
    case Rank::entry: return "an entry comes with the domain above it";
    case Rank::domain: return "a domain comes before an alias";
    case Rank::alias: return "";
  }
  return "";
}

using Claims = std::vector<const Claim*>;

// Decides who gets a name.
struct Decision {
  const Claim* winner = nullptr;
  bool in_service = false;  // it already has the name
  bool shared = false;      // other files say the same
};

bool says_the_same(const Claim& a, const Claim& b) {
  return a.kind == ClaimKind::domain && b.kind == ClaimKind::domain && a.domain != nullptr && b.domain != nullptr &&
         is_same_object(*a.unit, *a.domain, *b.unit, *b.domain);
}

bool are_of_one_file(const Claims& claims) {
  return std::all_of(claims.begin(), claims.end(), [&](const Claim* c) { return c->file == claims.front()->file; });
}

// Orders claims as at a start: by the file's rank, then by how high the domain of an entry is.
bool goes_before(const Claim& a, const Claim& b) {
  if (rank_of(a) != rank_of(b)) return rank_of(a) < rank_of(b);
  return rank_of(a) == Rank::entry && a.above.size() < b.above.size();
}

Decision decide_at_start(const Claims& claims) {
  if (claims.empty()) return {};
  const auto before = [](const Claim* a, const Claim* b) { return goes_before(*a, *b); };
  const Claim& first = **std::min_element(claims.begin(), claims.end(), before);
  Claims equals;
  std::copy_if(claims.begin(), claims.end(), std::back_inserter(equals),
               [&](const Claim* claim) { return !goes_before(first, *claim); });
  if (are_of_one_file(equals)) return {equals.front(), false, false};
  const bool all_same = std::all_of(equals.begin(), equals.end(), [&](const Claim* c) {
    return c == equals.front() || says_the_same(*equals.front(), *c);
  });
  return all_same ? Decision{equals.front(), false, true} : Decision{};
}

// The claims that keep what is in service unchanged.
Decision decide_in_service(const Claims& claims, const NameInService& now) {
  Claims keep;
  for (const Claim* claim : claims) {
    const bool keeps = now.shared ? claim->kind == ClaimKind::domain && claim->domain != nullptr &&
                                        is_same_object(*claim->unit, *claim->domain, *now.unit, *now.domain)
                                  : claim->unit->file() == now.file;
    if (keeps) keep.push_back(claim);
  }
  if (keep.empty()) return {};
  return {keep.front(), true, now.shared && !are_of_one_file(keep)};
}

class Settler {
 public:
  Settler(const Incumbents& before, NameContest::Result& out) : before_(before), out_(out) {}

  void settle(std::string_view name, const std::vector<Claim>& claims) {
    Claims all;  // except those that went with their domain
    Claims standing;
    for (const Claim& claim : claims) {
      if (claim.domain != nullptr && beaten_.count(object_of(claim)) > 0) continue;
      all.push_back(&claim);
      if (!before_.waits(name, claim.unit->file())) standing.push_back(&claim);
    }
    const Decision decision = decide(name, standing);
    for (const Claim* claim : all) {
      if (claim != decision.winner) refuse(*claim, decision, standing);
    }
    if (decision.winner == nullptr) return;
    if (decision.shared) out_.shared.insert(std::string(name));
    if (!decision.shared && decision.winner->domain != nullptr)
      out_.holders[std::string(name)] = decision.winner->unit->file();
  }

 private:
  static const Domain* object_of(const Claim& claim) { return &claim.unit->object_of(*claim.domain).domains.front(); }

  Decision decide(std::string_view name, const Claims& claims) const {
    if (const std::optional<NameInService> now = before_.in_service(name)) {
      const Decision kept = decide_in_service(claims, *now);
      if (kept.winner != nullptr) return kept;
    }
    return decide_at_start(claims);
  }

  void refuse(const Claim& claim, const Decision& decision, const Claims& standing) {
    say(claim, decision, standing);
    if (claim.domain == nullptr) return;
    LeftOut& out = out_.left_out[claim.file];
    if (claim.kind == ClaimKind::alias) {
      out.emplace(claim.domain, claim.name);
      return;
    }
    if (claim.kind == ClaimKind::entry) {
      leave_out_entry(*claim.unit, *claim.domain, out);
      return;
    }
    leave_out_object(*claim.unit, *claim.domain, out);
    if (decision.winner != nullptr) beaten_.insert(claim.domain);
  }

  static void leave_out_entry(const DomainUnit& unit, const Domain& entry, LeftOut& out) {
    out.emplace(&entry, std::string_view());
    for (const DomainUnit::Alias& alias : unit.object_of(entry).aliases) {
      if (&unit.domains()[alias.domain] == &entry) out.emplace(&entry, alias.labels);
    }
  }

  void say(const Claim& claim, const Decision& decision, const Claims& standing) {
    const std::string text = "the " + std::string(word_for(claim.kind)) + " " + in_quotes(dotted(claim.name));
    const std::string rest =
        decision.winner != nullptr ? beside(claim, decision, standing) : with_nobody(claim, standing);
    if (rest.empty()) return;
    out_.diagnostics.push_back({Severity::error, claim.unit->file(), claim.line, "", text + rest});
  }

  // " is also in domains/bank.json:1 as a domain"
  static std::string also_in(const Claim& claim, const Claim& other) {
    std::string out = " is also in " + place_of(other);
    if (other.kind == claim.kind) return out;
    const std::string_view word = word_for(other.kind);
    return out + (word[0] == 'a' ? " as an " : " as a ") + std::string(word);
  }

  static std::string beside(const Claim& claim, const Decision& decision, const Claims& standing) {
    const Claim& winner = *decision.winner;
    std::string out = also_in(claim, winner);
    if (winner.file == claim.file) return out + "; keep one";
    if (decision.in_service)
      return out + ", where it is in service" + after_restart(claim, winner, standing) + "; keep one";
    if (decision.shared)
      return out + ", which says the same: it is served as long as no file says something else; keep one";
    out += ", which comes first: " + std::string(reason(rank_of(winner)));
    if (winner.domain == nullptr) return out + "; that has errors, so neither is served: correct them, and keep one";
    return out + "; keep one";
  }

  // Says so if a start would decide otherwise.
  static std::string after_restart(const Claim& claim, const Claim& winner, const Claims& standing) {
    const Decision start = decide_at_start(standing);
    if (start.winner == nullptr) return ", but after a restart neither would be";
    if (start.winner == &winner || (start.shared && says_the_same(*start.winner, winner))) return "";
    return ", but after a restart " +
           (start.winner == &claim ? "this one would be" : place_of(*start.winner) + " would have it");
  }

  std::string with_nobody(const Claim& claim, const Claims& standing) const {
    const auto other =
        std::find_if(standing.begin(), standing.end(), [&](const Claim* c) { return c->file != claim.file; });
    if (other != standing.end())
      return also_in(claim, **other) + ", which says something else: neither is served; keep one";
    if (before_.waits(claim.name, claim.unit->file()))
      return " was in service from a file that has just been removed: it is served in a moment, unless that comes back";
    return "";
  }

  const Incumbents& before_;
  NameContest::Result& out_;
  std::set<const Domain*> beaten_;  // the first domains of objects that lost to another
};

}  // namespace

Claim claim_of(std::size_t file, const DomainUnit& unit, const Domain& domain, const DomainUnit::Alias* alias) {
  const std::string_view own = unit.name(domain);
  if (alias != nullptr) return {file, &unit, &domain, alias->labels, own, ClaimKind::alias, alias->line};
  if (!domain.is_entry) return {file, &unit, &domain, own, own, ClaimKind::domain, domain.line};
  const std::string_view above = unit.name(unit.object_of(domain).domains.front());
  return {file, &unit, &domain, own, above, ClaimKind::entry, domain.line};
}

Claim claim_of(std::size_t file, const DomainUnit& unit, const DomainUnit::Broken& broken) {
  const ClaimKind kind = broken.is_alias                 ? ClaimKind::alias
                         : broken.labels == broken.above ? ClaimKind::domain
                                                         : ClaimKind::entry;
  return {file, &unit, nullptr, broken.labels, broken.above, kind, broken.line};
}

void leave_out_object(const DomainUnit& unit, const Domain& domain, LeftOut& out) {
  const DomainUnit::Object object = unit.object_of(domain);
  for (const Domain& one : object.domains) out.emplace(&one, std::string_view());
  for (const DomainUnit::Alias& alias : object.aliases) out.emplace(&unit.domains()[alias.domain], alias.labels);
}

std::set<std::string, std::less<>> NameContest::names() const {
  std::set<std::string, std::less<>> out;
  for (const auto& [name, claims] : claims_) out.emplace(name);
  return out;
}

// From the highest names down, so that an object is judged before its entries. Aliases come last, since they never win
// against anything else.
NameContest::Result NameContest::settle(const Incumbents& before) const {
  std::vector<const std::pair<const std::string_view, std::vector<Claim>>*> order;
  for (const auto& contest : claims_) order.push_back(&contest);
  const auto only_aliases = [](const auto* contest) {
    return std::all_of(contest->second.begin(), contest->second.end(),
                       [](const Claim& claim) { return claim.kind == ClaimKind::alias; });
  };
  const auto key = [&](const auto* contest) { return std::pair(only_aliases(contest), contest->first.size()); };
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) { return key(a) < key(b); });
  Result out;
  Settler settler(before, out);
  for (const auto* contest : order) settler.settle(contest->first, contest->second);
  return out;
}

}  // namespace emailauth
