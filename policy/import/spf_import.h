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

  // Runs once. Null: there is no record to import.
  ordered_json run();

 private:
  // A record that is walked through: the owner's, or one of the owner's that it leads to.
  struct Frame {
    const spf::Record& record;
    Name domain;
    bool included = false;  // then its "all" says nothing
    IpSet refused;          // by terms before, such as "-ip4:"
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

  // The addresses of today behind a term, as far as they are read.
  struct Hosts {
    IpSet networks;
    std::vector<std::string> resolved;  // the same, one text for each address
    std::size_t exchanges = 0;          // that an "mx" has
    bool cut = false;                   // there are more
  };
  Hosts hosts_of(const Frame& frame, const spf::Mechanism& mechanism) const;
  std::vector<IpAddress> addresses_of(const Name& name) const;
  // The one SPF record at a name; nothing after it was said why.
  std::optional<spf::Record> record_at(const Name& name, const std::string& term);
  void lost(const Frame& frame, const std::string& term, const std::string& what, Todo todo = {}) const;

  const ImportContext& context_;
  std::vector<Name> path_;  // records that are being walked through
  std::vector<std::string> senders_;
  std::vector<const SenderPolicy*> known_;  // the same
  ordered_json netblocks_ = ordered_json::array();
  IpSet authorised_;                     // what the netblocks hold
  int followed_ = 0;                     // terms that ask DNS
  int void_lookups_ = 0;                 // of them, those that found nothing
  std::size_t mechanisms_ = 0;           // terms that were read
  std::vector<std::string> beyond_;      // terms that were not, once the budget was spent
  std::vector<std::string> unrevealed_;  // terms that ask for each client
  std::string all_;                      // "": not said
};

}  // namespace emailauth::importing
