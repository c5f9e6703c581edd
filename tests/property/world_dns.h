// tests/property/world_dns.h - The DNS that a receiver sees in a World.
//
// The responder, or a careless one (see Answerer), answers for our zones;
// the owners publish one record at their names and, by a wildcard, below them;
// vendors answer for the addresses that they grant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/dns/dns.h"
#include "tests/property/world.h"

namespace emailauth::property {

// Who answers for our zones. `careless` says yes to any name that begins with an address that some policy grants,
// in any spelling: the property must find that.
enum class Answerer : std::uint8_t { responder, careless };

class WorldDns : public Dns {
 public:
  struct Asked {
    std::string name;
    RecordType type;
    std::string answer;
  };

  // Holds a reference to `world`, which must outlive this object.
  WorldDns(const World& world, std::string owners_record, Answerer answerer)
      : world_(world), owners_record_(std::move(owners_record)), answerer_(answerer) {}

  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override;

  const std::vector<Asked>& asked() const { return asked_; }
  // The sender's domain as the receiver reads it: a receiver looks up its record before anything else.
  const std::optional<Name>& first_name() const { return first_name_; }
  // Returns true if one of our zones gave more than a refusal: an address, or a text with terms before its "all".
  bool was_generous() const { return was_generous_; }
  // Characters of the longest name asked in our zones.
  std::size_t longest_name() const { return longest_name_; }

 private:
  DnsAnswer find(const Name& name, RecordType type);
  DnsAnswer ask_responder(const Name& name, RecordType type);
  DnsAnswer ask_careless(const Name& name, RecordType type) const;
  DnsAnswer ask_vendor(std::size_t sender, const Name& name, RecordType type) const;

  const World& world_;
  std::string owners_record_;
  Answerer answerer_;
  std::vector<Asked> asked_;
  std::optional<Name> first_name_;
  bool was_generous_ = false;
  std::size_t longest_name_ = 0;
};

}  // namespace emailauth::property
