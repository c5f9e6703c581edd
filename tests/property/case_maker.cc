#include "tests/property/case_maker.h"

#include <algorithm>

#include "policy/spf/target_name.h"
#include "tests/property/template_maker.h"
#include "tests/property/world_dns.h"
#include "tests/property/world_maker.h"

namespace emailauth::property {

using spf::Macro;

namespace {

constexpr std::size_t kKept = 253;  // characters of a name that is cut (RFC 7208, 7.3)
constexpr std::size_t kMaxIdentity = 500;

using Parts = std::vector<spf::MacroString::Part>;

bool is_reversed(const Macro& macro) {
  return macro.reverse && (macro.delimiters.empty() || macro.delimiters.find('.') != std::string::npos);
}

std::string expand(const Parts& parts, std::size_t begin, std::size_t end, const spf::MacroValues& values) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    const auto* macro = std::get_if<Macro>(&parts[i]);
    text += macro != nullptr ? spf::expand(*macro, values) : std::get<std::string>(parts[i]);
  }
  return text;
}

std::string without_outer_dots(std::string text) {
  while (!text.empty() && text.front() == '.') text.erase(0, 1);
  while (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

Labels slice(const Labels& labels, std::size_t begin, std::size_t end) {
  if (begin >= std::min(end, labels.size())) return {};
  return {labels.begin() + static_cast<std::ptrdiff_t>(begin),
          labels.begin() + static_cast<std::ptrdiff_t>(std::min(end, labels.size()))};
}

class CaseMaker {
 public:
  CaseMaker(Dice& dice, const World& world) : dice_(dice), world_(world), spec_(world.spec()) {}

  Case make() {
    choose_domain();
    case_.published = dice_.pick(spec_.templates);
    term_ = Term::parse(case_.published);
    other_ = dice_.one_in(3) ? Term::parse(dice_.pick(spec_.templates)) : term_;
    const bool honest = dice_.one_in(5);
    choose_client(honest);
    target_ = choose_target();
    case_.helo = dice_.pick<std::string>({"mta.sender.test", "mail.host.net"});
    case_.sender = dice_.pick<std::string>({"user@", "first.last@", "user+tag@"}) + domain_;
    if (!honest) attack();
    if (dice_.one_in(10)) case_.sender = in_other_case(case_.sender);
    if (case_.client.is_v4() && dice_.one_in(6)) case_.client = case_.client.mapped();
    return case_;
  }

 private:
  enum class Slot { helo, local, subdomain };

  // --- who
  void choose_domain() {
    std::vector<std::string> names;
    std::vector<std::string> aliases;
    for (const DomainSpec& domain : spec_.domains) {
      names.push_back(full_name(spec_, domain));
      for (const std::string& alias : domain.aliases) {
        aliases.push_back(alias);
        if (alias.find('.') != std::string::npos) names.push_back(alias);
      }
    }
    domain_ = dice_.pick(names);
    if (!aliases.empty() && dice_.one_in(4)) case_.alias = dice_.pick(aliases);
  }

  // Networks that the policy of the chosen domain (or else of any) lists, grants through a vendor, or excepts.
  std::vector<std::string> networks(Client kind, bool of_all) const {
    std::vector<std::string> out;
    for (const DomainSpec& domain : spec_.domains) {
      const std::string asked = case_.alias.value_or(domain_);
      const bool is_it = full_name(spec_, domain) == asked ||
                         std::find(domain.aliases.begin(), domain.aliases.end(), asked) != domain.aliases.end();
      if (is_it == of_all) continue;
      if (kind == Client::of_policy) out.insert(out.end(), domain.netblocks.begin(), domain.netblocks.end());
      for (const std::size_t number : domain.senders) {
        const SenderSpec& sender = spec_.senders[number];
        const auto& more = kind == Client::of_policy   ? sender.networks
                           : kind == Client::of_vendor ? sender.granted
                                                       : sender.except;
        out.insert(out.end(), more.begin(), more.end());
      }
    }
    return out;
  }

  IpAddress stranger() {
    static const std::vector<std::string> kStrangers = {
        "5.9.8.7", "203.0.113.9", "2001:db8:bad::25", "7.7.7.7", "3456:789a::1:2:3", "8.8.4.4", "9.9.9.9", "77.1.2.3"};
    if (!dice_.one_in(3)) return IpAddress::parse(dice_.pick(kStrangers)).value();
    return address_in(dice_, dice_.one_in(2) ? "0.0.0.0/0" : "::/0");
  }

  IpAddress choose_target() {
    const Client kind = dice_.one_in(3) ? Client::of_vendor : Client::of_policy;
    for (const bool of_all : {false, true}) {
      const std::vector<std::string> from = networks(kind, of_all);
      if (!from.empty()) return address_in(dice_, dice_.pick(from));
    }
    return stranger();
  }

  void choose_client(bool honest) {
    static const std::vector<Client> kKinds = {
        Client::stranger,  Client::stranger,  Client::stranger,  Client::stranger,     Client::excepted,
        Client::neighbour, Client::of_policy, Client::of_vendor, Client::other_domain, Client::stranger};
    case_.client_kind = dice_.pick(kKinds);
    if (honest && dice_.one_in(2)) case_.client_kind = dice_.one_in(3) ? Client::of_vendor : Client::of_policy;
    const Client kind = case_.client_kind;
    const Client listed = kind == Client::neighbour || kind == Client::other_domain ? Client::of_policy : kind;
    const auto from =
        kind == Client::stranger ? std::vector<std::string>() : networks(listed, kind == Client::other_domain);
    if (from.empty()) {
      case_.client_kind = Client::stranger;
      case_.client = stranger();
    } else if (kind == Client::neighbour) {
      const IpPrefix network = IpPrefix::parse(dice_.pick(from)).value();
      case_.client = dice_.one_in(2) ? network.first().previous() : network.last().next();
    } else {
      case_.client = address_in(dice_, dice_.pick(from));
    }
  }

  // --- what the sender writes
  void attack() {
    if (dice_.one_in(16)) return pose_as_our_zone();
    std::vector<Slot> slots;
    if (!case_.alias || (term_.domain.letter == 'd' && term_.uses('o'))) slots.push_back(Slot::subdomain);
    if (term_.uses('h')) slots.insert(slots.end(), {Slot::helo, Slot::helo});
    if (term_.uses('l') || term_.uses('s')) slots.insert(slots.end(), {Slot::local, Slot::local});
    if (slots.empty() || dice_.one_in(20)) slots.push_back(Slot::helo);
    static const std::vector<Attack> kAttacks = {Attack::overlay, Attack::overlay, Attack::cut,
                                                 Attack::cut,     Attack::inject,  Attack::junk};
    case_.attack = dice_.pick(kAttacks);
    const Slot slot = dice_.pick(slots);
    write(slot, value_for(slot, case_.attack));
    if (dice_.one_in(4)) {
      const Slot second = dice_.pick(slots);
      if (second != slot) write(second, value_for(second, dice_.pick(kAttacks)));
    }
    if (dice_.one_in(8)) become_null_sender();
    if (dice_.one_in(20)) case_.sender += ".";
  }

  void become_null_sender() {
    const std::size_t at = case_.sender.rfind('@');
    if (at == std::string::npos) return;
    case_.helo = case_.sender.substr(at + 1);
    case_.sender.clear();
  }

  void write(Slot slot, std::string value) {
    if (value.size() > kMaxIdentity) value.resize(kMaxIdentity);
    const std::size_t at = case_.sender.rfind('@');
    switch (slot) {
      case Slot::helo: case_.helo = std::move(value); return;
      case Slot::local: case_.sender = value + case_.sender.substr(at); return;
      case Slot::subdomain: case_.sender = case_.sender.substr(0, at + 1) + value + "." + domain_; return;
    }
  }

  // Returns the macro that shows the text of the slot: its place in the term; the domain comes after all others.
  std::size_t part_of(Slot slot) const {
    for (std::size_t i = 0; i < term_.left.size(); ++i) {
      const auto* macro = std::get_if<Macro>(&term_.left[i]);
      if (macro == nullptr) continue;
      const bool is_it = slot == Slot::helo    ? macro->letter == 'h'
                         : slot == Slot::local ? macro->letter == 'l' || macro->letter == 's'
                                               : macro->letter == 'o' || macro->letter == 'd';
      if (is_it) return i;
    }
    return term_.left.size();
  }

  spf::MacroValues values() const {
    spf::MacroValues values;
    const std::size_t at = case_.sender.rfind('@');
    values.local_part = case_.sender.substr(0, at);
    values.sender_domain = case_.sender.substr(at + 1);
    values.domain = case_.alias.value_or(values.sender_domain);
    values.client = case_.client;
    values.helo = case_.helo;
    return values;
  }

  std::string value_for(Slot slot, Attack attack) {
    const std::size_t part = part_of(slot);
    std::string value;
    switch (attack) {
      case Attack::junk: return junk(1 + dice_.below(6));
      case Attack::overlay: value = overlay(part); break;
      case Attack::cut: value = cut(part); break;
      case Attack::inject: value = question(other_, target_) + (dice_.one_in(2) ? "" : "." + junk(1)); break;
      case Attack::none:
      case Attack::our_zone: break;
    }
    if (dice_.one_in(12)) value += ".";
    const auto* macro = part < term_.left.size() ? std::get_if<Macro>(&term_.left[part]) : nullptr;
    const bool turns = macro != nullptr && is_reversed(*macro);
    return turns && !dice_.one_in(4) ? join(reversed(split(value))) : value;
  }

  // Returns the text of the name left and right of the macro for the message as it is now.
  std::string text_left_of(std::size_t part) const { return without_outer_dots(expand(term_.left, 0, part, values())); }
  std::string text_right_of(std::size_t part) const {
    const std::string domain = case_.alias.value_or(domain_);
    if (part == term_.left.size()) return "." + domain + term_.apex;
    return expand(term_.left, part + 1, term_.left.size(), values()) + domain + term_.apex;
  }

  // The left side of a term as a receiver would write it for the address, up to some part after the address.
  std::string front_of(const Term& term, const IpAddress& address, bool whole) {
    const bool as_mapped = address.is_v4() && dice_.one_in(4);
    const IpAddress written = as_mapped ? address.mapped() : address;
    const std::size_t end = whole || term.left.empty() ? term.left.size() : 1 + dice_.below(term.left.size());
    bool has_address = false;
    std::string text;
    for (std::size_t i = 0; i < end || (!has_address && i < term.left.size()); ++i) {
      const auto* macro = std::get_if<Macro>(&term.left[i]);
      if (macro == nullptr) {
        text += std::get<std::string>(term.left[i]);
      } else if (macro->letter == 'i') {
        has_address = true;
        text += join(spell(written, is_reversed(*macro)));
      } else if (macro->letter == 'v') {
        text += written.is_v4() ? "in-addr" : "ip6";
      } else {
        text += dice_.one_in(2) ? "x" : junk(1);
      }
    }
    if (!has_address) text = join(spell(written, dice_.one_in(2)));
    return without_outer_dots(text);
  }

  // Returns a whole question about the address, as an honest receiver would ask it.
  std::string question(const Term& term, const IpAddress& address) {
    return front_of(term, address, true) + "." + case_.alias.value_or(domain_) + term.apex;
  }

  // Labels that continue what the client's address begins, so that both together spell the target.
  std::string overlay(std::size_t part) {
    const Labels front = split(front_of(other_, target_, false));
    if (dice_.one_in(2)) spell_client(front);
    const std::size_t begun = split(text_left_of(part)).size();
    std::string text = join(slice(front, begun, front.size()));
    if (dice_.one_in(2)) text += (text.empty() ? "" : ".") + tail();
    return text.empty() ? tail() : text;
  }

  // Gives the client an address that is written with the labels that the target's text begins with.
  void spell_client(const Labels& front) {
    std::size_t before = 0;
    bool in_reverse = false;
    for (const spf::MacroString::Part& part : term_.left) {
      const auto* macro = std::get_if<Macro>(&part);
      if (macro == nullptr) {
        before += split(without_outer_dots(std::get<std::string>(part))).size();
      } else if (macro->letter == 'i') {
        in_reverse = is_reversed(*macro);
        break;
      }
    }
    std::optional<IpAddress> client = read(slice(front, before, before + 4), in_reverse);
    if (client && dice_.one_in(2)) {  // the labels of an IPv4 address as the first nibbles of an IPv6 one
      Labels nibbles = slice(front, before, before + 4);
      while (nibbles.size() < 32) nibbles.emplace_back(1, "0123456789abcdef"[dice_.below(16)]);
      client = read(nibbles, in_reverse);
    }
    if (!client) return;
    case_.client = *client;
    case_.client_kind = Client::spelled;
  }

  std::string tail() { return dice_.pick<std::string>({"mail.evil.example", "x", "good", "0", "_ip", "ip6.x"}); }

  // Long labels, followed by a question about the target. What receivers keep of the name is that question.
  std::string cut(std::size_t part) {
    const std::string kept = front_of(other_, target_, false);
    if (part == term_.left.size() || dice_.one_in(2)) return cut_by_valid_labels(part, kept);
    static const std::vector<std::size_t> kLong = {64, 100, 200, 230, 230, 240, 250};
    return std::string(dice_.pick(kLong), 'a') + "." + kept + (dice_.one_in(3) ? "." + tail() : "");
  }

  // Labels of 63 octets at the most: then the kept part has 190 octets or more, and is padded to that.
  std::string cut_by_valid_labels(std::size_t part, std::string kept) {
    const bool is_domain = part == term_.left.size();
    const std::size_t used = kept.size() + text_right_of(part).size();
    // A domain is looked up itself, so that it must be a name with the filler: 64 octets.
    const std::size_t least = is_domain ? 64 - std::min<std::size_t>(63, term_.apex.size()) : 0;
    const std::size_t spare = least + dice_.below(64 - least);
    for (std::size_t left = kKept - std::min(kKept, used + spare); left > 1;) {
      const std::size_t size = std::min<std::size_t>(left - 1, 63);
      kept += "." + std::string(size, 'p');
      left -= size + 1;
    }
    std::string filler(63, 'a');
    for (std::size_t more = is_domain ? 0 : 1 + dice_.below(3); more > 0; --more) filler += "." + std::string(63, 'b');
    return filler + "." + kept;
  }

  std::string junk(std::size_t pieces) {
    std::string text;
    for (std::size_t i = 0; i < pieces; ++i) text += (i > 0 ? "." : "") + piece();
    return dice_.one_in(6) ? in_other_case(text) : text;
  }

  std::string in_other_case(std::string text) {
    for (char& c : text) {
      if (c >= 'a' && c <= 'z' && dice_.one_in(2)) c = static_cast<char>(c - 0x20);
    }
    return text;
  }

  std::string piece() {
    static const std::vector<std::string> kPieces = {
        "_ip",       "_ehlo", "_x",      "in-addr",       "ip6",         "0",           "1.2",
        "f",         "good",  "example", "_spf",          "_safe",       "*",           "%{d}",
        "%{i}",      "a@b",   "\\",      "\\.",           "\"",          " ",           "\xff\xfe",
        "b\xc3\xbc", "",      "..",      "a_b-c+d=e/f,g", "v=spf1 +all", "[192.0.2.1]", "2001:db8::1"};
    switch (dice_.below(8)) {
      case 0: return std::string(dice_.pick<std::size_t>({1, 62, 63, 64, 65, 128, 230}), 'j');
      case 1: return join(spell(target_, dice_.one_in(2)));
      case 2: return join(spell(target_.is_v4() ? target_.mapped() : target_, dice_.one_in(2)));
      case 3: return join(spell(case_.client, dice_.one_in(2)));
      case 4: return dice_.one_in(2) ? domain_ : dice_.pick(spec_.zones);
      case 5: {
        const Term term = Term::parse(dice_.pick(spec_.templates));
        for (const spf::MacroString::Part& part : term.left) {
          const auto* text = std::get_if<std::string>(&part);
          if (text != nullptr && *text != "." && dice_.one_in(2)) return without_outer_dots(*text);
        }
        return "x";
      }
      default: return dice_.pick(kPieces);
    }
  }

  // A message from a name in our zones whose record the responder makes: the question about the target, or the
  // name that the answer to it includes.
  void pose_as_our_zone() {
    case_.attack = Attack::our_zone;
    std::string domain = question(other_, target_);
    const Result<Name> name = spf::target_name(domain);
    if (name && dice_.one_in(2)) {
      WorldDns dns(world_, "", Answerer::responder);
      for (const std::string& text : dns.ask(*name, RecordType::txt).texts) {
        const std::size_t begin = text.find("include:");
        if (begin == std::string::npos) continue;
        const std::string spec = text.substr(begin + 8, text.find(' ', begin) - begin - 8);
        const auto macros = spf::MacroString::parse(spec, spf::MacroUse::domain_spec);
        spf::MacroValues values;
        values.client = target_;
        const std::string included = macros ? macros->expand_domain(values) : "";
        const Result<Name> target = spf::target_name(included);
        if (target && world_.is_in_our_zones(*target)) domain = included;
      }
    }
    case_.sender = "x@" + domain;
    if (dice_.one_in(3)) become_null_sender();
  }

  Dice& dice_;
  const World& world_;
  const WorldSpec& spec_;
  Case case_;
  std::string domain_;
  Term term_;
  Term other_;  // the term as whose name a forged name should be read
  IpAddress target_;
};

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string_view to_text(Attack attack) {
  switch (attack) {
    case Attack::none: return "none";
    case Attack::junk: return "junk";
    case Attack::overlay: return "overlay";
    case Attack::cut: return "cut";
    case Attack::inject: return "inject";
    case Attack::our_zone: return "our zone";
  }
  return "";
}

std::string_view to_text(Client client) {
  switch (client) {
    case Client::of_policy: return "of the policy";
    case Client::of_vendor: return "of a vendor";
    case Client::excepted: return "excepted by a vendor";
    case Client::neighbour: return "beside a network";
    case Client::other_domain: return "of another domain";
    case Client::stranger: return "stranger";
    case Client::spelled: return "spelt like a target";
  }
  return "";
}

std::string owners_record(const Case& c) {
  std::string term = c.published;
  if (c.alias) {
    for (const std::string_view macro : {"%{d}", "%{D}", "%{o}", "%{O}"}) {
      const Term parsed = Term::parse(c.published);
      const bool is_domain = ascii_lower(macro)[2] == parsed.domain.letter;
      if (is_domain) replace_all(term, macro, *c.alias);
    }
  }
  return "v=spf1 " + term + (term.starts_with("redirect=") ? "" : " -all");
}

Case make_case(Dice& dice, const World& world) { return CaseMaker(dice, world).make(); }

}  // namespace emailauth::property
