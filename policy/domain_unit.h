// policy/domain_unit.h - The domains of one policy file, ready to be answered.
//
// Owns the compact, immutable form of DomainPolicy: what domains have in common
// is stored once. Knows nothing of other files; what needs them (senders,
// the report mailbox) is resolved by the snapshot.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/domain_policy.h"

namespace emailauth {

// Answers below _domainkey or _bimi, by the labels in front of it (wire form
// without a root label). Holds the empty non-terminals of dotted selectors too.
class SelectorTable {
 public:
  enum class Kind : std::uint8_t { empty, txt, cname };
  struct Entry {
    std::string labels;
    Kind kind = Kind::empty;
    std::string content;            // TXT: the text; CNAME: the target in wire form
    Day revoked_from = Day::max();  // from then on the answer is kRevokedSelectorRecord
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  void add(const Name& selector, Kind kind, std::string content, Day revoked_from = Day::max());
  void set_other(OtherSelectors other) { other_ = other; }
  // Call once after the last add().
  void finish();

  const Entry* find(std::string_view labels) const;
  OtherSelectors other() const { return other_; }
  const std::vector<Entry>& entries() const { return entries_; }
  friend auto operator<=>(const SelectorTable&, const SelectorTable&) = default;

 private:
  std::vector<Entry> entries_;  // sorted by labels
  OtherSelectors other_ = OtherSelectors::none;
};

// What SPF questions about a domain are decided by.
struct SpfRules {
  SpfPolicy policy;
  std::size_t longest_name = 0;  // characters, of the domains and aliases that have them
  std::uint32_t line = 0;        // of the first domain that has them
  std::string pointer;
};

struct Domain {
  std::uint32_t name_offset = 0;
  std::uint8_t name_size = 0;  // octets of the name in wire form without its root label
  bool blocked = false;
  std::int32_t spf = -1;  // index into DomainUnit::spf_rules(); -1: none
  std::uint32_t line = 0;
  const DmarcPolicy* dmarc = nullptr;
  const SelectorTable* dkim = nullptr;
  const SelectorTable* bimi = nullptr;
  const std::string* mta_sts = nullptr;
  const std::string* tls_rpt = nullptr;

  bool has_hosted_records() const { return dmarc || dkim || bimi || mta_sts || tls_rpt; }
};

class DomainUnit {
 public:
  std::string_view name(const Domain& domain) const {
    return std::string_view(names_).substr(domain.name_offset, domain.name_size);
  }
  const std::vector<Domain>& domains() const { return domains_; }
  const std::deque<SpfRules>& spf_rules() const { return spf_rules_; }

  struct Alias {
    std::string labels;
    std::uint32_t domain = 0;  // index into domains()
    std::uint32_t line = 0;
  };
  const std::vector<Alias>& aliases() const { return aliases_; }

  const std::string& file() const { return file_; }
  // Seconds since 1970: when the file was last modified, or a date in it came.
  // Moves with every date that changes answers, and never goes back.
  std::uint32_t serial(Day today) const;
  // Answers are others on `until` than on the earlier day `after`.
  bool changes_between(Day after, Day until) const;

 private:
  friend class DomainUnitBuilder;
  // Answers change on `day`, and so does the serial.
  struct DatedSerial {
    Day day;
    std::uint32_t serial = 0;
  };
  const DatedSerial* last_change(Day today) const;

  std::string file_;
  std::uint32_t serial_ = 0;        // of the file
  std::vector<DatedSerial> dated_;  // by day
  std::string names_;
  std::vector<Domain> domains_;
  std::vector<Alias> aliases_;
  std::deque<SpfRules> spf_rules_;
  std::deque<DmarcPolicy> dmarc_;
  std::deque<SelectorTable> selectors_;
  std::deque<std::string> texts_;
};

// Collects domains, then gives the unit.
class DomainUnitBuilder {
 public:
  DomainUnitBuilder(std::string file, std::uint32_t serial);
  void add(DomainPolicy policy);
  std::shared_ptr<const DomainUnit> finish();

 private:
  const std::string* intern_text(const std::optional<std::string>& text);
  const SelectorTable* intern_selectors(SelectorTable table);

  std::shared_ptr<DomainUnit> unit_;
  std::map<std::string, std::int32_t> spf_by_key_;
  std::map<std::string, const DmarcPolicy*> dmarc_by_record_;
  std::map<SelectorTable, const SelectorTable*> selectors_;
  std::map<std::string, const std::string*> texts_;
  std::set<Day> dates_;  // on which answers change
};

}  // namespace emailauth
