#include "policy/records/dkim_rotation.h"

#include <algorithm>

#include "policy/base/diagnostic.h"

namespace emailauth {

namespace {

using std::chrono::days;
using Kind = RotationStep::Kind;

constexpr int kEnoughBits = 2048;

// The keys of one type, each the successor of the one before.
class Succession {
 public:
  Succession(const std::vector<DkimKey>& keys, const RotationRules& rules, std::int64_t now,
             const std::function<KeyVisibility(const DkimKey&)>& look, RotationPlan& plan)
      : keys_(keys), rules_(rules), now_(now), today_(day_of(now)), look_(look), plan_(plan) {}

  void run(DkimKeyType type) {
    std::vector<std::size_t> pending;
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].cname || keys_[i].type != type || keys_[i].sender != rules_.sender) continue;
      switch (state_on(keys_[i], today_)) {
        case DkimKeyState::pending: pending.push_back(i); break;
        case DkimKeyState::active: active.push_back(i); break;
        case DkimKeyState::retiring: end_of(i); break;
        case DkimKeyState::revoked: break;
      }
    }
    const auto begin = [this](std::size_t i) {
      return keys_[i].active_from.value_or(keys_[i].created.value_or(Day::min()));
    };
    std::stable_sort(active.begin(), active.end(), [&](std::size_t a, std::size_t b) { return begin(a) < begin(b); });
    if (!active.empty() && !due(active.back())) {
      retire_predecessors(active);
      if (!pending.empty()) prepare(pending.front());
    } else if (!pending.empty()) {
      succeed(active, pending.front());
    } else if (!active.empty()) {
      const int bits = type == DkimKeyType::rsa ? std::clamp(keys_[active.back()].bits, kEnoughBits, 4096) : 256;
      plan_.steps.push_back({Kind::create, 0, type, bits});
    }
  }

 private:
  std::string name(std::size_t i) const { return in_quotes(keys_[i].selector.to_string()); }
  // A key that began to sign today has already replaced another at once.
  bool due(std::size_t i) const {
    return is_due(keys_[i], rules_.max_age, today_) || (rules_.at_once && keys_[i].active_from != today_);
  }
  void step(Kind kind, std::size_t i) { plan_.steps.push_back({kind, i, keys_[i].type, keys_[i].bits}); }

  // A delay of a step that was requested is a refusal; any other is only reported.
  void wait(std::string why) { (rules_.at_once ? plan_.refused : plan_.waiting).push_back(std::move(why)); }

  // A retiring key: its last mail was signed at the end of the day `retire_after`.
  void end_of(std::size_t i) {
    const DkimKey& key = keys_[i];
    if (!key.retire_after) return step(Kind::retire, i);
    if (key.revoked_on) {
      plan_.waiting.push_back(name(i) + " is revoked on " + to_string(*key.revoked_on) +
                              ", as its \"revoked_on\" says");
      return;
    }
    const Day free = *key.retire_after + days(rules_.in_flight + 1);
    if (today_ >= free) return step(Kind::revoke, i);
    plan_.waiting.push_back(name(i) + " signed until " + to_string(*key.retire_after) + "; it is revoked from " +
                            to_string(free) + " on, when its last mails have arrived");
  }

  // If several sign, the newest stays; older ones that are due go.
  void retire_predecessors(const std::vector<std::size_t>& active) {
    for (const std::size_t i : active) {
      if (i == active.back() || !is_due(keys_[i], rules_.max_age, today_)) continue;
      if (!has_been_visible(active.back(), "signs, but ")) return;
      step(Kind::retire, i);
    }
  }

  // A successor whose time has not come: that DNS has it can already be noted.
  void prepare(std::size_t i) {
    if (!keys_[i].visible_since && look_(keys_[i]).visible) step(Kind::note_visible, i);
  }

  void succeed(const std::vector<std::size_t>& active, std::size_t successor) {
    const DkimKey& key = keys_[successor];
    if (key.active_from && !rules_.at_once)
      return plan_.waiting.push_back(name(successor) + " signs from " + to_string(*key.active_from) +
                                     " on, as its \"active_from\" says");
    if (!has_been_visible(successor, "must not sign yet: ")) return;
    step(Kind::activate, successor);
    for (const std::size_t i : active) step(Kind::retire, i);
  }

  // Returns true if resolvers that looked before the key was published have forgotten that.
  bool has_been_visible(std::size_t i, const char* verdict) {
    const DkimKey& key = keys_[i];
    const KeyVisibility seen = look_(key);
    if (!seen.visible) {
      plan_.refused.push_back(name(i) + " " + verdict + seen.found);
      if (key.visible_since) step(Kind::forget_visible, i);
      return false;
    }
    const std::int64_t ttl = std::max(rules_.ttl, seen.ttl);
    if (key.visible_since && now_ >= *key.visible_since + ttl) return true;
    if (!key.visible_since) step(Kind::note_visible, i);
    const std::int64_t since = key.visible_since.value_or(now_);
    wait(name(i) + " has been visible in DNS since " + to_rfc3339(since) + "; resolvers may not have it before " +
         to_rfc3339(since + ttl) + ", a TTL later");
    return false;
  }

  const std::vector<DkimKey>& keys_;
  const RotationRules& rules_;
  const std::int64_t now_;
  const Day today_;
  const std::function<KeyVisibility(const DkimKey&)>& look_;
  RotationPlan& plan_;
};

}  // namespace

std::optional<int> age_of(const DkimKey& key, Day today) {
  const std::optional<Day> begin = key.created ? key.created : key.active_from;
  if (!begin) return std::nullopt;
  return static_cast<int>((today - *begin).count());
}

bool is_due(const DkimKey& key, int max_age, Day today) {
  return !key.cname && state_on(key, today) == DkimKeyState::active && age_of(key, today).value_or(max_age) >= max_age;
}

bool is_weak(const DkimKey& key, Day today) {
  return !key.cname && state_on(key, today) != DkimKeyState::revoked && key.type == DkimKeyType::rsa &&
         key.bits < kEnoughBits;
}

RotationPlan plan_rotation(const std::vector<DkimKey>& keys, const RotationRules& rules, std::int64_t now,
                           const std::function<KeyVisibility(const DkimKey&)>& look) {
  RotationPlan plan;
  Succession succession(keys, rules, now, look, plan);
  for (const DkimKeyType type : {DkimKeyType::rsa, DkimKeyType::ed25519}) succession.run(type);
  return plan;
}

Name new_selector(const std::vector<DkimKey>& keys, DkimKeyType type, Day today) {
  std::string text = type == DkimKeyType::rsa ? "s" : "e";
  for (const char c : to_string(today)) {
    if (c != '-') text += c;
  }
  for (int number = 1;; ++number) {
    const Name name = *Name::parse(number == 1 ? text : text + "-" + std::to_string(number));
    const bool taken = std::any_of(keys.begin(), keys.end(), [&](const DkimKey& key) { return key.selector == name; });
    if (!taken) return name;
  }
}

}  // namespace emailauth
