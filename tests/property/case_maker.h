// tests/property/case_maker.h - Messages from honest senders, and from one who has read the code.
#pragma once

#include <optional>
#include <string>

#include "tests/property/dice.h"
#include "tests/property/world.h"

namespace emailauth::property {

// What the sender tries.
enum class Attack : std::uint8_t {
  none,      // an honest HELO and sender
  junk,      // odd octets, empty and long labels, pieces of templates
  overlay,   // labels that continue the client's own to another address
  cut,       // a long name of which receivers keep the right end
  inject,    // a whole question about another address
  our_zone,  // the sender's domain is a name in our own zones
};
std::string_view to_text(Attack attack);

// Which client connects.
enum class Client : std::uint8_t { of_policy, of_vendor, excepted, neighbour, other_domain, stranger, spelled };
std::string_view to_text(Client client);

struct Case {
  std::string published;             // the template that the owners publish, as responder.json has it
  std::optional<std::string> alias;  // written in place of %{d}: the domain whose policy is asked for
  IpAddress client;                  // may be IPv4-mapped
  std::string helo;
  std::string sender;  // "" for the null sender
  Client client_kind = Client::stranger;
  Attack attack = Attack::none;
};

// "v=spf1 exists:... -all": the owners' record.
std::string owners_record(const Case& c);

Case make_case(Dice& dice, const World& world);

}  // namespace emailauth::property
