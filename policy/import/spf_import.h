// policy/import/spf_import.h - One run over an owner's SPF record: its state and its steps.
//
// Turns terms into senders and netblocks, in the order in which receivers evaluate
// them. Private to policy/import: use import_spf().
#pragma once

#include <string>
#include <vector>

#include "policy/import/import_context.h"
#include "policy/net/ip_set.h"
#include "policy/spf/record.h"

namespace emailauth::importing {

class SpfImport {
 public:
  explicit SpfImport(const ImportContext& context) : context_(context) {}

  // Runs once. Returns null if there is no record to import.
  ordered_json run();

 private:
  // A record on the walk: the owner's, or one of the owner's that it leads to.
  struct Frame {
    const spf::Record& record;
    Name domain;
    bool included = false;  // included, so its "all" does not count
    IpSet refused;          // by earlier terms, such as "-ip4:"
  };

  void walk(Frame& frame);
  void follow_redirect(const Frame& frame);
  bool may_read(const spf::Mechanism& mechanism);
  bool may_follow(const std::string& term);
  void note_limits() const;
  void read_mechanism(Frame& frame, const spf::Mechanism& mechanism);
  void read_refusal(Frame& frame, const spf::Mechanism& mechanism);
  void read_include(Frame& frame, const spf::Mechanism& mechanism);
  void read_hosts(Frame& frame, const spf::Mechanism& mechanism);
  bool add_sender_of(const Frame& frame, const std::string& term, const std::string& target);
  void add_own_record(const Frame& frame, const std::string& term, const Name& name, bool included);
  void add_network(const Frame& frame, const IpPrefix& network, const std::string& term);
  void set_all(spf::Qualifier qualifier, const std::string& term);
  void ask_seen();
  void keep_unrevealed();
  bool is_covered(const IpAddress& address) const;

  // The addresses that a term leads to today, as far as they were read.
  struct Hosts {
    IpSet networks;
    std::vector<std::string> resolved;  // the same, one text for each address
    std::size_t exchanges = 0;          // that an "mx" has
    bool cut = false;                   // there are more
  };
  Hosts hosts_of(const Frame& frame, const spf::Mechanism& mechanism) const;
  std::vector<IpAddress> addresses_of(const Name& name) const;
  // Returns the only SPF record at a name; nullopt after noting why there is none.
  std::optional<spf::Record> record_at(const Name& name, const std::string& term);
  void lost(const Frame& frame, const std::string& term, const std::string& what, Todo todo = {}) const;

  const ImportContext& context_;
  std::vector<Name> path_;  // records that the walk is in
  std::vector<std::string> senders_;
  std::vector<const SenderPolicy*> known_;  // the same
  ordered_json netblocks_ = ordered_json::array();
  IpSet authorised_;                     // the addresses of the netblocks
  int followed_ = 0;                     // terms that cost a DNS query
  int void_lookups_ = 0;                 // those of them that found nothing
  std::size_t mechanisms_ = 0;           // terms that were read
  std::vector<std::string> beyond_;      // terms that were not read because the budget was spent
  std::vector<std::string> unrevealed_;  // terms that depend on each client
  std::string all_;                      // "": none
};

}  // namespace emailauth::importing
