// Shrinking: leaves out whatever can be left out, as long as the fault remains.
#include <algorithm>
#include <functional>

#include "tests/property/property.h"

namespace emailauth::property {

namespace {

constexpr int kMaxTrials = 2000;

class Shrinker {
 public:
  Shrinker(Finding found, Verifier& verifier, Answerer answerer)
      : found_(std::move(found)), verifier_(verifier), answerer_(answerer) {
    wants_hole_ = trial_of(found_).is_hole();
  }

  Finding run() {
    for (bool smaller = true; smaller && trials_ < kMaxTrials;) {
      smaller = false;
      smaller |= drop_each([](Finding & f) -> auto& { return f.spec.templates; });
      smaller |= drop_last_domains();
      smaller |= drop_last_senders();
      for (std::size_t i = 0; i < found_.spec.domains.size(); ++i) {
        smaller |= drop_each([i](Finding & f) -> auto& { return f.spec.domains[i].netblocks; });
        smaller |= drop_each([i](Finding & f) -> auto& { return f.spec.domains[i].senders; });
        smaller |= drop_each([i](Finding & f) -> auto& { return f.spec.domains[i].aliases; });
      }
      for (std::size_t i = 0; i < found_.spec.senders.size(); ++i) {
        smaller |= drop_each([i](Finding & f) -> auto& { return f.spec.senders[i].networks; });
        smaller |= drop_each([i](Finding & f) -> auto& { return f.spec.senders[i].granted; });
        smaller |= drop_each([i](Finding & f) -> auto& { return f.spec.senders[i].except; });
        smaller |= accept([i](Finding& f) {
          if (f.spec.senders[i].term.empty()) return false;
          f.spec.senders[i].term.clear();
          return true;
        });
      }
      smaller |= drop_labels(&Case::helo);
      smaller |= drop_labels(&Case::sender);
      smaller |= replace(&Case::helo, "x");
      smaller |= replace(&Case::helo, "mta.evil.example");
    }
    return std::move(found_);
  }

 private:
  Trial trial_of(const Finding& f) {
    std::string why;
    const std::optional<World> world = World::build(f.spec, why);
    return world ? try_case(*world, f.message, verifier_, answerer_) : Trial();
  }

  // Keeps the change if the fault remains. `change` returns whether it changed anything.
  bool accept(const std::function<bool(Finding&)>& change) {
    Finding smaller = found_;
    if (trials_ >= kMaxTrials || !change(smaller)) return false;
    const std::vector<std::string>& templates = smaller.spec.templates;
    if (std::find(templates.begin(), templates.end(), smaller.message.published) == templates.end()) return false;
    ++trials_;
    const Trial trial = trial_of(smaller);
    if (wants_hole_ ? !trial.is_hole() : !trial.is_lost()) return false;
    found_ = std::move(smaller);
    return true;
  }

  template <typename F>
  bool drop_each(F list_of) {
    bool changed = false;
    for (std::size_t i = list_of(found_).size(); i-- > 0;) {
      changed |= accept([&](Finding& f) {
        auto& list = list_of(f);
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      });
    }
    return changed;
  }

  // From the end, so that indices stay.
  bool drop_last_domains() {
    return accept([](Finding& f) {
      f.spec.domains.pop_back();
      return !f.spec.domains.empty();
    });
  }

  bool drop_last_senders() {
    return accept([](Finding& f) {
      if (f.spec.senders.empty()) return false;
      const std::size_t last = f.spec.senders.size() - 1;
      f.spec.senders.pop_back();
      for (DomainSpec& domain : f.spec.domains) std::erase(domain.senders, last);
      return true;
    });
  }

  bool drop_labels(std::string Case::*text) {
    bool changed = false;
    for (std::size_t i = split(found_.message.*text).size(); i-- > 0;) {
      changed |= accept([&](Finding& f) {
        Labels labels = split(f.message.*text);
        if (labels.size() < 2 || i >= labels.size()) return false;
        labels.erase(labels.begin() + static_cast<std::ptrdiff_t>(i));
        f.message.*text = join(labels);
        return true;
      });
    }
    return changed;
  }

  bool replace(std::string Case::*text, const std::string& by) {
    return accept([&](Finding& f) {
      if ((f.message.*text).size() <= by.size()) return false;
      f.message.*text = by;
      return true;
    });
  }

  Finding found_;
  Verifier& verifier_;
  Answerer answerer_;
  bool wants_hole_ = true;
  int trials_ = 0;
};

}  // namespace

Finding shrink(Finding found, Verifier& verifier, Answerer answerer) {
  return Shrinker(std::move(found), verifier, answerer).run();
}

}  // namespace emailauth::property
