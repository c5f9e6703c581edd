// policy/finding/finding.h - One thing that `emailauth check` found, and all of them.
//
// Tables list all possible findings: spf_findings.h, dmarc_findings.h,
// dkim_findings.h, mail_findings.h and, for `emailauth bimi check`, bimi_findings.h. A name
// that is in none of them does not compile.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/remark.h"
#include "policy/finding/bimi_findings.h"
#include "policy/finding/dkim_findings.h"
#include "policy/finding/dmarc_findings.h"
#include "policy/finding/mail_findings.h"
#include "policy/finding/spf_findings.h"

namespace emailauth::check {

// The rows of all tables but that of logos: what `emailauth check` can find.
std::span<const FindingKind* const> finding_kinds();

// The name of a row of one of the tables; any other is an error of the compiler.
class FindingName {
 public:
  consteval FindingName(const char* name);
  const FindingKind& kind() const { return *kind_; }

 private:
  const FindingKind* kind_;
};

// The part of a record that a finding is about.
struct Excerpt {
  std::string record;  // "" when the finding is not about a part
  std::size_t offset = 0;
  std::size_t length = 0;
};

// `why` is that of its kind; `todo` too, unless the finding itself knows better.
struct Finding : Remark {
  const FindingKind* kind = nullptr;
  std::string where;  // the name that has the record
  Excerpt excerpt;
  std::size_t more = 0;  // it stands for so many others of its kind, which are not kept

  Severity severity() const { return kind->severity; }
  std::size_t number() const { return more == 0 ? 1 : more; }
};

// What is kept of what strangers publish, who decide how often a thing is wrong, and how long it is.
inline constexpr std::size_t kMostOfAKind = 20;       // findings; one more says how many others there are
inline constexpr std::size_t kLongestFinding = 2000;  // octets of each of its texts

class Findings {
 public:
  void add(FindingName name, std::string where, std::string what, std::string todo = "", Excerpt excerpt = {});

  void add(Finding finding);

  // At most kMostOfAKind of each kind, and one that stands for the others.
  const std::vector<Finding>& all() const { return all_; }
  bool has(FindingName name) const;

  // Errors first, then warnings, then advice; else in the order they were added.
  void sort();

  // There are errors or warnings.
  bool need_action() const;

 private:
  struct Kept {
    std::size_t number = 0;
    std::size_t others = 0;  // where in all_ the one is that stands for the others
  };

  std::vector<Finding> all_;
  std::map<const FindingKind*, Kept> kept_;
};

consteval FindingName::FindingName(const char* name) : kind_(nullptr) {
  const std::string_view wanted(name);
  bool found = false;  // not "kind_ != nullptr": g++ with the sanitizer does not accept that as a constant (GCC 71962)
  const auto look_in = [&](const auto& table) {
    for (const FindingKind& kind : table) {
      if (kind.name != wanted) continue;
      kind_ = &kind;
      found = true;
    }
  };
  look_in(kSpfFindings);
  look_in(kDmarcFindings);
  look_in(kDkimFindings);
  look_in(kMailFindings);
  look_in(kBimiFindings);
  if (!found) throw "there is no finding of this name";
}

}  // namespace emailauth::check
