// policy/files/domain_unit.h - The domains of one policy file, ready for answering.
//
// Owns the compact, immutable form of DomainPolicy, which stores once what domains have in common. Knows nothing about
// other files; the snapshot resolves what needs them (senders, the report mailbox).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/files/domain_policy.h"
#include "policy/records/hosted_family.h"

namespace emailauth {

// Answers below _domainkey or _bimi, by the labels before it (wire form without a root label). Also contains the empty
// non-terminals of dotted selectors.
class SelectorTable {
 public:
  enum class Kind : std::uint8_t { empty, txt, cname };
  struct Entry {
    std::string labels;
    Kind kind = Kind::empty;
    std::string content;            // TXT: the text; CNAME: the target in wire form
    Day revoked_from = Day::max();  // from this day on the answer is kRevokedSelectorRecord
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  void add(const Name& selector, Kind kind, std::string content, Day revoked_from = Day::max());
  void set_other(OtherSelectors other) { other_ = other; }
  // Call once, after the last add().
  void finish();

  const Entry* find(std::string_view labels) const;
  OtherSelectors other() const { return other_; }
  const std::vector<Entry>& entries() const { return entries_; }
  friend auto operator<=>(const SelectorTable&, const SelectorTable&) = default;

 private:
  std::vector<Entry> entries_;  // sorted by labels
  OtherSelectors other_ = OtherSelectors::none;
};

// The rules that decide SPF questions about a domain.
struct SpfRules {
  SpfPolicy policy;
  std::size_t longest_name = 0;  // characters, of the domains and aliases that have them
  std::uint32_t line = 0;        // of the first domain that has them
  std::string pointer;
};

struct Domain {
  std::uint32_t name_offset = 0;
  std::uint8_t name_size = 0;  // octets of the name in wire form without its root label
  bool blocked : 1 = false;
  bool is_entry : 1 = false;     // one of the "subdomains" of the domain before it
  bool lists_zones : 1 = false;  // it has "delegated": only `zones` exist
  HostedFamilies zones;          // zones that exist at the domain's own names, with records or without
  std::int32_t spf = -1;         // index into DomainUnit::spf_rules(); -1: none
  std::uint32_t line = 0;
  const DmarcPolicy* dmarc = nullptr;
  const SelectorTable* dkim = nullptr;
  const SelectorTable* bimi = nullptr;
  const std::string* mta_sts = nullptr;
  const std::string* tls_rpt = nullptr;

  bool has_hosted_records() const { return dmarc || dkim || bimi || mta_sts || tls_rpt; }
};

// Returns true if the domain's policy has records of this family. Its zone may exist without: see Domain::zones.
bool holds(const Domain& domain, HostedFamily family);

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
  const std::vector<Alias>& aliases() const { return aliases_; }  // by `domain`

  // A name that the file claims but has errors in: it is never answered.
  struct Broken {
    std::string labels;
    std::string above;  // labels of the domain that it is an entry or alias of, or its own
    bool is_alias = false;
    std::uint32_t line = 0;
  };
  const std::vector<Broken>& broken() const { return broken_; }

  // The content of one object in the file: a domain, the entries of its "subdomains", and the aliases of all these.
  struct Object {
    std::span<const Domain> domains;  // the domain itself first
    std::span<const Alias> aliases;
  };
  // Returns the object that contains `domain`, one of domains().
  Object object_of(const Domain& domain) const;

  const std::string& file() const { return file_; }
  // Returns seconds since 1970: when the file was last modified, or a date in it came, whichever is later. Moves with
  // every date that changes answers, and never decreases.
  std::uint32_t serial(Day today) const;
  // Returns true if answers on `until` differ from those on the earlier day `after`.
  bool changes_between(Day after, Day until) const;

 private:
  friend class DomainUnitBuilder;
  // On `day` the answers change, and so does the serial.
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
  std::vector<Broken> broken_;
  std::deque<SpfRules> spf_rules_;
  std::deque<DmarcPolicy> dmarc_;
  std::deque<SelectorTable> selectors_;
  std::deque<std::string> texts_;
};

// Returns true if the two objects that contain the domains give the same answers about the same names.
bool is_same_object(const DomainUnit& unit_a, const Domain& a, const DomainUnit& unit_b, const Domain& b);

// Collects domains, then builds the unit.
class DomainUnitBuilder {
 public:
  DomainUnitBuilder(std::string file, std::uint32_t serial);
  void add(DomainPolicy policy);
  // Only its names count. An entry must follow its domain.
  void add_broken(const DomainPolicy& policy);
  std::shared_ptr<const DomainUnit> finish();

 private:
  const std::string* intern_text(const std::optional<std::string>& text);
  const SelectorTable* intern_selectors(SelectorTable table);

  std::shared_ptr<DomainUnit> unit_;
  std::map<std::string, std::int32_t> spf_by_key_;
  std::map<std::string, const DmarcPolicy*> dmarc_by_record_;
  std::map<SelectorTable, const SelectorTable*> selectors_;
  std::map<std::string, const std::string*> texts_;
  std::string broken_domain_;  // labels of the last one that is not an entry
  std::set<Day> dates_;        // on which answers change
};

}  // namespace emailauth
