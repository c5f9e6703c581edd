// policy/answer/responder.h - The front door: from a query name to its records.
//
// Owns the DNS rules: which names exist, which are empty non-terminals, which zone a name belongs to (RFC 8020, RFC
// 9156, RFC 4592). Knows nothing about PowerDNS, packets or query types: an answer contains all RRsets of the name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/files/hosted_name.h"
#include "policy/net/record_type.h"
#include "policy/snapshot/snapshot.h"

namespace emailauth {

// One record of an answer. Only the types A, NS, CNAME, SOA, MX and TXT are answered.
struct Record {
  RecordType type = RecordType::txt;
  std::uint32_t ttl = 0;  // seconds
  // TXT: the text, any octets, unsplit. Others: presentation form, names in
  // lower case without a final dot.
  std::string data;
};

// What the question was about: a small, fixed set, fit for counters.
enum class AnswerFamily : std::uint8_t {
  other,
  apex,
  spf_v4,
  spf_v6,
  spf_static,
  spf_exists,
  spf_other,
  dmarc,
  dkim,
  bimi,
  mta_sts,
  tls_rpt,
  report
};
// `none` if the question was not about an address.
enum class SpfVerdict : std::uint8_t { none, authorised, unauthorised, unparsable };

struct Answer {
  enum class Kind : std::uint8_t {
    outside,  // in no zone of ours
    missing,  // NXDOMAIN: neither this name nor anything below it
    exists,   // NOERROR with `records`, which may be empty (an empty non-terminal)
  };
  Kind kind = Kind::outside;
  AnswerFamily family = AnswerFamily::other;
  SpfVerdict verdict = SpfVerdict::none;
  bool unbounded = false;       // one of endlessly many names: caches must not keep its answer
  std::size_t zone_begin = 0;   // the label of the query name where its zone's apex begins
  std::size_t zone_octets = 0;  // of the apex in wire form: the query name ends in it
  std::uint32_t zone_id = 0;
  std::uint32_t serial = 0;  // of the zone
  std::vector<Record> records;

  // For explain: what decided. Valid as long as the responder exists.
  const SpfView* view = nullptr;
  SpfOutcome outcome;
};

struct ZoneInfo {
  Name apex;
  std::uint32_t id = 0;
  std::uint32_t serial = 0;
};

class Responder {
 public:
  explicit Responder(std::shared_ptr<const Snapshot> snapshot);

  // Answers for a name in wire form, in any case; overwrites `answer`. Text that is not a name, and a name in no zone
  // of ours, is "outside".
  void answer(std::string_view wire, Answer& answer) const;
  Answer answer(const Name& name) const;

  // Returns our zone that contains the name: the most specific one.
  std::optional<ZoneInfo> find_zone(const Name& name) const;
  // Returns the zone with exactly this apex.
  std::optional<ZoneInfo> zone_at(const Name& apex) const;

  // Visits every zone, in no particular order.
  void for_each_zone(const std::function<void(const ZoneInfo&)>& visit) const;
  std::size_t zone_count() const { return snapshot_->responder->zones.size() + snapshot_->hosted_zones; }

  // Visits the owner names of a zone that can be listed: its apex, selectors, static records. Leaves out names made of
  // addresses, which are endless.
  void for_each_name(const ZoneInfo& zone, const std::function<void(const Name&)>& visit) const;

  // Returns the policy's entry for a DKIM selector, found by the selector's own name or by that in the mirror zone;
  // null for other names.
  const SelectorTable::Entry* selector(const Name& name) const;

  // Returns true for a DKIM selector whose CNAME is not answered because it leads back to itself through names of ours,
  // or is the first of more than kMostCnames.
  bool has_endless_cname(const Name& name) const;

  // Returns the data of the SOA record of a zone with this serial.
  std::string soa_data(std::uint32_t serial) const;

  const Snapshot& snapshot() const { return *snapshot_; }
  const std::shared_ptr<const Snapshot>& shared_snapshot() const { return snapshot_; }

 private:
  // The zone that contains a name: one of the operator's, or a family of a domain.
  struct Found {
    const ResponderZone* zone = nullptr;
    const DomainIndex::Node* node = nullptr;
    HostedName hosted;
    std::size_t begin = 0;  // the label where the apex begins
    std::uint32_t serial = 0;
  };
  Found locate(const NameView& name) const;
  const ResponderZone* responder_zone_of(const NameView& name, std::size_t& begin) const;
  void add_apex(std::uint32_t serial, Answer& answer) const;
  void add_text(std::uint32_t ttl, std::string text, Answer& answer) const;
  void answer_responder_zone(const ResponderZone& zone, const NameView& name, std::size_t count, Answer& answer) const;
  bool answer_report(const ResponderZone& zone, const NameView& name, Answer& answer) const;
  void answer_mirror(const NameView& name, std::size_t count, Answer& answer) const;
  void answer_mirrored_suffix(const DomainIndex::Node& node, Answer& answer) const;
  void answer_hosted(const DomainIndex::Node& node, const HostedName& hosted, const NameView& name,
                     Answer& answer) const;
  void answer_selector(const SelectorTable& table, const NameView& name, std::size_t count, Answer& answer) const;
  const SelectorTable::Entry* selector_at(const NameView& name) const;
  bool is_endless(const SelectorTable::Entry& cname) const;
  bool answer_views(const ResponderZone& zone, const NameView& name, Answer& answer) const;
  void for_each_responder_name(const ResponderZone& zone, const std::function<void(const Name&)>& visit) const;
  void for_each_mirror_name(const DomainIndex::Node& node, const Name& mirror,
                            const std::function<void(const Name&)>& visit) const;
  void answer_spf(const SpfView& view, const NameView& name, std::size_t count, Answer& answer) const;
  void answer_spf_question(const SpfView& view, const NameView& name, std::size_t count, Answer& answer) const;
  void answer_both_widths(const SpfView& view, const NameView& name, std::size_t count, std::string_view all,
                          Answer& answer) const;
  void answer_spf_static(const NameView& name, Answer& answer) const;

  std::shared_ptr<const Snapshot> snapshot_;
  std::string soa_head_;  // the text before and after the serial
  std::string soa_tail_;
  std::vector<std::string> nameservers_;  // as text
};

// Returns an id from a range of our own, 0x40000000 to 0x7fffffff: the same id for
// the same apex on every server.
std::uint32_t zone_id(std::string_view apex_wire_lower);

}  // namespace emailauth
