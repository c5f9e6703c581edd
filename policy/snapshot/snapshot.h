// policy/snapshot/snapshot.h - One generation of all policies, checked as a whole.
//
// Immutable once built: many threads read it without a lock, and no answer is
// ever made of two generations. Knows nothing of files or query names.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/files/responder_policy.h"
#include "policy/snapshot/domain_index.h"
#include "policy/snapshot/name_contest.h"
#include "policy/snapshot/spf_link.h"
#include "policy/snapshot/spf_view.h"

namespace emailauth {

// A zone that the operator lists in responder.json.
struct ResponderZone {
  Name apex;
  bool is_mirror = false;
  std::optional<Name> report_node;  // "_report._dmarc.<host>" when it lies here
  std::optional<Name> report_host;  // the report mailbox's domain, when it lies here
  std::vector<SpfView> views;       // at or below the apex, most labels first
};

// responder.json, with its templates sorted into zones.
struct ResponderUnit {
  ResponderPolicy policy;
  std::uint32_t serial = 0;
  std::vector<ResponderZone> zones;
  std::size_t static_apex = 0;  // characters of the longest apex of a template without an address; 0: none
  // A template whose answers send receivers on to a name below "_safe", at the cost of a look-up; "": none.
  std::string dearest_template;
};

// Compiles the templates. Returns null after reporting errors
// against `file`.
std::shared_ptr<const ResponderUnit> compile_responder(ResponderPolicy policy, std::uint32_t serial,
                                                       const std::string& file, Diagnostics& diagnostics);

// The zone of the responder that a name (wire form without its root label) lies
// in; nullptr when it lies in none. Managed domains must not: their names would
// have two answers.
const Name* zone_around(const ResponderUnit& responder, std::string_view labels);

// The domains of one file, bound to the senders there are.
struct LinkedUnit {
  std::shared_ptr<const DomainUnit> unit;
  std::shared_ptr<const SenderTable> senders;
  std::vector<std::shared_ptr<const LinkedSpf>> spf;  // by DomainUnit::spf_rules(); null where they are wrong
  bool complete = true;                               // all of `spf` is there
  LeftOut left_out;                                   // what belongs to other files
};

// Rules with an unknown sender, or over a limit, are reported and left out, and
// with them the domains that have them. Never null.
std::shared_ptr<const LinkedUnit> link_unit(std::shared_ptr<const DomainUnit> unit, SpfLinker& linker,
                                            Diagnostics& diagnostics);

struct Snapshot {
  std::shared_ptr<const ResponderUnit> responder;
  std::shared_ptr<const SenderTable> senders;
  std::vector<std::shared_ptr<const LinkedUnit>> units;
  DomainIndex domains{0};
  std::set<std::string> shared;  // names of `domains` that several files claim and say the same about
  // Zones of domains (labels) that were in service before, and of which the policy says nothing any more: they stay,
  // empty, because an owner's delegation does, and without them it would lead nowhere.
  std::map<std::string, HostedFamilies, std::less<>> kept_zones;
  std::size_t hosted_zones = 0;  // _dmarc, _domainkey … of all domains
  std::uint32_t serial = 0;      // of the zones that all files make
  Day today;                     // dates up to this day have come
};

struct SnapshotParts {
  std::shared_ptr<const ResponderUnit> responder;
  std::shared_ptr<const SenderTable> senders;
  std::vector<std::shared_ptr<const LinkedUnit>> units;
  std::uint32_t serial = 0;
  Day today;
  std::set<std::string> shared;            // as in Snapshot
  std::shared_ptr<const Snapshot> before;  // what is in service; null at a start
  // Names that are contested although only one file may claim them: the one that had them is gone.
  std::set<std::string, std::less<>> watched;
  // Contested names that were decided about: LinkedUnit::left_out has it.
  std::set<std::string, std::less<>> settled;
};

// A domain that lies inside a zone of the responder.
struct EnclosedDomain {
  std::size_t unit = 0;  // index into SnapshotParts::units
  const Domain* domain = nullptr;
  Diagnostic diagnostic;
};

// What keeps units from being put together: build again with other versions of them, or with what is in the way in
// LinkedUnit::left_out.
struct SnapshotConflicts {
  NameContest contest;
  std::vector<EnclosedDomain> enclosed;
  bool empty() const { return contest.empty() && enclosed.empty(); }
};

struct SnapshotResult {
  std::shared_ptr<const Snapshot> snapshot;  // null if there are conflicts
  SnapshotConflicts rejected;                // refers to the units that were put together
};

// Puts units together, if they have no conflicts.
SnapshotResult build_snapshot(SnapshotParts parts);

}  // namespace emailauth
