#include "tests/property/world_maker.h"

#include <algorithm>
#include <array>

#include "tests/property/template_maker.h"

namespace emailauth::property {

namespace {

const std::vector<std::string> kZones = {"_spf.provider.net", "_spf.provider.net", "p.test",    "1.2.3.z.test",
                                         "in-addr.z.test",    "0.z.test",          "a.b.z.test"};
const std::vector<std::string> kViewLabels = {"_x", "_ip", "0", "ip6", "example", "a"};
const std::vector<std::string> kDomains = {"good.example",     "good.example",       "vend.example",  "1.example",
                                           "a.b.example",      "192.example",        "ip6.example",   "in-addr.example",
                                           "d.b.8.example",    "1.2.3.good.example", "0.0.example",   "ehlo.example",
                                           "a.b.good.example", "customer.test",      "customer.test", "mail.shop.test"};
const std::vector<std::string> kPrefixes = {
    "sub", "news",    "1.2.3",   "a.b", "0.0",  "7",        "f",
    "ip6", "in-addr", "2.0.0.1", "192", "good", "10.1.2.3", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.8.b.d.0.1.0.0.2"};
const std::vector<std::string> kAliases = {"good_example",        "alias.example",   "k7f3q9",           "0",
                                           "1.2.3.alias.example", "a.alias.example", "ip6.alias.example"};
const std::vector<std::string> kNetworks4 = {"192.0.2.0/24",     "198.51.100.7", "1.2.3.0/24", "1.2.3.4",
                                             "5.0.0.0/8",        "9.8.0.0/16",   "2.0.0.1",    "10.1.0.0/16",
                                             "203.0.113.128/25", "0.0.0.0/8",    "2.0.0.0/24"};
const std::vector<std::string> kNetworks6 = {
    "2001:db8:25::/48", "2001:db8::1", "1234:5678::/32",   "::/16", "::102:304", "::/80", "0:0:0:0:0:fff0::/92",
    "abcd:ef00::/24",   "1::/16",      "2001:db8:0:1::/64"};

std::string random_network(Dice& dice) {
  if (dice.one_in(2)) {
    const int length = 8 + static_cast<int>(dice.below(25));
    const std::uint32_t number = dice.one_in(2) ? static_cast<std::uint32_t>(dice.next())
                                                : static_cast<std::uint32_t>(dice.next()) & 0x07070707U;
    return IpPrefix::containing(IpAddress::v4(number), length).to_string();
  }
  std::array<std::uint8_t, 16> octets{};
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(dice.next());
  const IpPrefix network = IpPrefix::containing(IpAddress::v6(octets), 16 + static_cast<int>(dice.below(113)));
  return network.first().is_v4_mapped() ? "2001:db8::/32" : network.to_string();
}

std::vector<std::string> networks(Dice& dice, std::size_t most) {
  std::vector<std::string> out;
  for (std::size_t n = dice.below(most + 1); n > 0; --n) {
    const std::size_t kind = dice.below(5);
    const std::string network = kind < 2   ? dice.pick(kNetworks4)
                                : kind < 4 ? dice.pick(kNetworks6)
                                           : random_network(dice);
    if (std::find(out.begin(), out.end(), network) == out.end()) out.push_back(network);
  }
  return out;
}

SenderSpec make_sender(Dice& dice, std::size_t number) {
  const std::vector<std::string> terms = {"exists:%{i}._spf.", "exists:%{i}._spf.", "exists:%{ir}.%{v}._x.",
                                          "include:%{ir}.%{v}.inc.", "a:%{i}.a."};
  SenderSpec sender;
  sender.networks = networks(dice, 2);
  if (dice.one_in(4)) return sender;
  sender.term = dice.pick(terms) + vendor_zone(number);
  if (dice.one_in(6)) sender.term = "exists:%{i}.x.%{d}";  // its record lies in its zone
  sender.granted = networks(dice, 3);
  if (dice.one_in(3) && !sender.granted.empty()) {
    const IpPrefix network = IpPrefix::parse(dice.pick(sender.granted)).value();
    const int bits = address_bits(network.family());
    const int longer = std::min(bits, network.length() + static_cast<int>(dice.below(3)));
    sender.except.push_back(IpPrefix::containing(address_in(dice, network.to_string()), longer).to_string());
  }
  return sender;
}

void add_rules(Dice& dice, std::size_t senders, DomainSpec& domain) {
  domain.netblocks = networks(dice, 3);
  std::size_t terms = 0;
  for (std::size_t i = 0; i < senders && terms < 2; ++i) {
    if (!dice.one_in(2)) continue;
    domain.senders.push_back(i);
    ++terms;  // a third vendor would be a third look-up without an answer
  }
  domain.blocked = dice.one_in(10);
  domain.covers_subdomains = !dice.one_in(4);
  domain.static_view = !dice.one_in(8);
  domain.all = dice.pick<std::string>({"~all", "-all", "?all"});
}

bool is_taken(const WorldSpec& spec, const std::string& name) {
  return std::any_of(spec.domains.begin(), spec.domains.end(), [&](const DomainSpec& domain) {
    return full_name(spec, domain) == name ||
           std::find(domain.aliases.begin(), domain.aliases.end(), name) != domain.aliases.end();
  });
}

void add_domains(Dice& dice, WorldSpec& spec) {
  const std::size_t count = 1 + dice.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    DomainSpec domain;
    domain.name = dice.pick(kDomains);
    if (dice.one_in(3)) domain.name = dice.pick(kPrefixes) + "." + domain.name;
    if (is_taken(spec, domain.name)) continue;
    add_rules(dice, spec.senders.size(), domain);
    if (dice.one_in(3)) {
      std::string alias = dice.pick(kAliases);
      if (!is_taken(spec, alias)) domain.aliases.push_back(std::move(alias));
    }
    spec.domains.push_back(std::move(domain));
    if (!dice.one_in(3)) continue;
    DomainSpec entry;
    entry.name = dice.pick(kPrefixes);
    entry.parent = static_cast<int>(spec.domains.size()) - 1;
    if (is_taken(spec, full_name(spec, entry))) continue;
    add_rules(dice, spec.senders.size(), entry);
    entry.has_spf = !dice.one_in(4);
    spec.domains.push_back(std::move(entry));
  }
}

// Offers terms until one is accepted, and a few more. The loader decides.
std::size_t add_templates(Dice& dice, WorldSpec& spec) {
  std::vector<std::string> apexes;
  for (std::size_t i = 0; i < 3; ++i) {
    apexes.push_back((dice.one_in(2) ? dice.pick(kViewLabels) + "." : "") + dice.pick(spec.zones));
  }
  TemplateMaker maker(dice, apexes);
  const std::size_t wanted = 1 + dice.below(5);
  std::size_t offered = 0;
  std::string why;
  while (spec.templates.empty() || offered < wanted) {
    WorldSpec trial;
    trial.zones = spec.zones;
    trial.templates = spec.templates;
    trial.templates.push_back(maker.make());
    ++offered;
    if (World::build(trial, why)) spec.templates = trial.templates;
  }
  return offered;
}

}  // namespace

IpAddress address_in(Dice& dice, const std::string& network) {
  const IpPrefix prefix = IpPrefix::parse(network).value();
  const std::size_t size = prefix.family() == IpFamily::v4 ? 4 : 16;
  std::array<std::uint8_t, 16> octets = prefix.first().octets();
  const std::size_t style = dice.below(3);
  for (std::size_t i = 0; i < size; ++i) {
    const int fixed = std::clamp(prefix.length() - static_cast<int>(8 * i), 0, 8);
    const auto free = static_cast<std::uint8_t>(0xffU >> fixed);
    const std::uint64_t random = dice.next();
    const bool is_last = i + 1 == size;
    const std::uint64_t value = style == 0 ? random : style == 1 ? random % 10 : is_last ? random % 4 : 0;
    octets[i] = static_cast<std::uint8_t>(octets[i] | (value & free));
  }
  if (prefix.family() == IpFamily::v6) return IpAddress::v6(octets);
  return IpAddress::v4(static_cast<std::uint32_t>(octets[0] << 24U | octets[1] << 16U | octets[2] << 8U | octets[3]));
}

MadeWorld make_world(Dice& dice) {
  while (true) {
    WorldSpec spec;
    spec.zones = {dice.pick(kZones)};
    if (dice.one_in(4)) {
      std::string second = dice.pick(kZones);
      if (second != spec.zones.front()) spec.zones.push_back(std::move(second));
    }
    const std::size_t senders = dice.below(3);
    for (std::size_t i = 0; i < senders; ++i) spec.senders.push_back(make_sender(dice, i));
    add_domains(dice, spec);
    const std::size_t offered = add_templates(dice, spec);
    std::string why;
    if (auto world = World::build(std::move(spec), why)) return {std::move(*world), offered};
  }
}

}  // namespace emailauth::property
