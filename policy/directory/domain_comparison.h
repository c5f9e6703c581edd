// policy/directory/domain_comparison.h - The names about one domain that two generations answer differently.
//
// Asks both generations about every name that caches may hold: the domain's own zones, and what the zones of
// responder.json have about it. Knows nothing about files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/answer/responder.h"
#include "policy/directory/stale_names.h"

namespace emailauth {

// Collects over many domains. Both generations must outlive this object.
class DomainComparison {
 public:
  DomainComparison(const Responder& before, const Responder& after);

  // `labels` is a domain or an alias of either generation, in wire form without the root label. A domain that is passed
  // twice is listed twice.
  void compare(std::string_view labels);

  // What compare() found. Call once, after the last compare().
  const std::vector<ZoneInfo>& added() const { return added_; }  // hosted zones (_dmarc.<domain>)
  const std::vector<ZoneInfo>& removed() const { return removed_; }
  StaleNames finish();

 private:
  // The names in a zone of responder.json; if they become too many, the zone replaces them.
  struct ZoneNames {
    const ResponderZone* zone = nullptr;
    bool whole = false;
    std::vector<Name> names;
    std::vector<Name> trees;
  };

  void compare_hosted_zone(HostedFamily family, std::string_view labels, const std::string& apex);
  bool compare_selectors(HostedFamily family, std::string_view labels, const std::string& apex);
  void compare_spf(ZoneNames& zone, std::string_view labels);
  void compare_node(ZoneNames& zone, std::string_view labels, const Name& node);
  void compare_ancestors(ZoneNames& zone, std::string_view labels, const Name& node);
  bool differ(const std::string& wire);
  bool are_equal(const Answer& a, const Answer& b) const;
  void add_hosted(const std::string& wire);
  void add_hosted_tree(const std::string& wire, std::string_view labels);
  static void add(ZoneNames& zone, const std::string& wire, bool tree);

  const Responder& before_;
  const Responder& after_;
  bool same_responder_ = false;
  bool same_soa_ = false;              // but for the serial
  std::vector<std::string> families_;  // "_dmarc" … as labels, in the order of kHostedFamilies
  std::vector<ZoneNames> zones_;
  ZoneNames* mirror_ = nullptr;
  std::vector<ZoneInfo> added_;
  std::vector<ZoneInfo> removed_;
  StaleNames stale_;
  Answer old_;  // kept for their memory
  Answer new_;
};

}  // namespace emailauth
