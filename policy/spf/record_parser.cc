#include "policy/spf/record_parser.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::spf {

namespace {

constexpr std::array kKinds = {MechanismKind::all, MechanismKind::include, MechanismKind::a,   MechanismKind::mx,
                               MechanismKind::ptr, MechanismKind::ip4,     MechanismKind::ip6, MechanismKind::exists};

// What people write when they mean a mechanism.
struct Mistake {
  std::string_view wrote;
  std::string_view meant;
};
constexpr Mistake kMistakes[] = {{"ip", "ip4"},       {"ipv4", "ip4"},         {"ipv6", "ip6"},
                                 {"prt", "ptr"},      {"all.", "all"},         {"inlcude", "include"},
                                 {"exist", "exists"}, {"includes", "include"}, {"redirect", "redirect="},
                                 {"exp", "exp="}};

constexpr std::size_t kMaxShown = 80;  // octets of a term that a message quotes

std::string shown(std::string_view text) { return quoted_text(text, kMaxShown); }

// Returns the position of "=" if `term` is "name=...", otherwise npos.
std::size_t modifier_equals(std::string_view term) {
  if (term.empty() || !is_alpha(term[0])) return std::string_view::npos;
  const auto in_name = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; };
  std::size_t at = 1;
  while (at < term.size() && in_name(term[at])) ++at;
  return at < term.size() && term[at] == '=' ? at : std::string_view::npos;
}

bool take_qualifier(std::string_view& term, Qualifier& qualifier) {
  for (const Qualifier q : {Qualifier::pass, Qualifier::fail, Qualifier::softfail, Qualifier::neutral}) {
    if (term.empty() || term[0] != to_char(q)) continue;
    qualifier = q;
    term.remove_prefix(1);
    return true;
  }
  return false;
}

}  // namespace

RecordParser::RecordParser(std::string_view text) {
  record_.text_ = std::string(text);
  const std::string_view whole = record_.text_;
  if (whole.size() > Record::kMaxOctets) {
    errors_.push_back(
        {{0, whole.size()}, "the record has " + std::to_string(whole.size()) + " octets; a TXT record holds 65535"});
    return;
  }
  if (!Record::has_version(whole)) {
    errors_.push_back(
        {{0, std::min<std::size_t>(whole.size(), 6)}, shown(whole) + " is not an SPF record; begin with \"v=spf1 \""});
    return;
  }
  std::size_t at = 6;
  while (at < whole.size()) {
    if (whole[at] == ' ') {
      ++at;
      continue;
    }
    const std::size_t end = std::min(whole.find(' ', at), whole.size());
    read_term(at, whole.substr(at, end - at));
    at = end;
  }
}

void RecordParser::fail(const std::string& why) { fail_at(term_, why); }

void RecordParser::fail_at(std::string_view part, const std::string& why) {
  const auto inside = static_cast<std::size_t>(part.data() - term_.data());
  errors_.push_back({{term_offset_ + inside, term_.size() - inside}, shown(term_) + ": " + why});
}

void RecordParser::read_term(std::size_t offset, std::string_view term) {
  term_ = term;
  term_offset_ = offset;
  const std::size_t equals = modifier_equals(term);
  if (equals != std::string_view::npos) {
    read_modifier(equals);
  } else {
    read_directive();
  }
}

void RecordParser::read_modifier(std::size_t equals) {
  Modifier modifier;
  modifier.name = ascii_lower(term_.substr(0, equals));
  modifier.span = {term_offset_, term_.size()};
  const bool redirect = modifier.name == "redirect";
  const bool known = redirect || modifier.name == "exp";
  const MacroUse use = known ? MacroUse::domain_spec : MacroUse::modifier;
  if (!parse_macro_string(term_.substr(equals + 1), use, modifier.value)) return;
  if (!known) {
    record_.unknown_.push_back(std::move(modifier));
  } else {
    store_known(redirect ? record_.redirect_ : record_.explanation_, std::move(modifier));
  }
}

void RecordParser::store_known(std::optional<Modifier>& slot, Modifier modifier) {
  if (slot) return fail(shown(modifier.name + "=") + " may occur only once in a record; remove one");
  slot = std::move(modifier);
}

void RecordParser::read_directive() {
  Mechanism mechanism;
  mechanism.span = {term_offset_, term_.size()};
  std::string_view rest = term_;
  const bool qualified = take_qualifier(rest, mechanism.qualifier);
  if (qualified && modifier_equals(rest) != std::string_view::npos) {
    return fail("a modifier takes no qualifier; remove the first character");
  }
  const std::size_t name_end = std::min(rest.find_first_of(":/"), rest.size());
  if (!read_kind(mechanism, rest.substr(0, name_end))) return;
  rest.remove_prefix(name_end);
  switch (mechanism.kind) {
    case MechanismKind::all: return read_all(std::move(mechanism), rest);
    case MechanismKind::ip4:
    case MechanismKind::ip6: return read_network(std::move(mechanism), rest);
    case MechanismKind::include:
    case MechanismKind::a:
    case MechanismKind::mx:
    case MechanismKind::ptr:
    case MechanismKind::exists: return read_domain(std::move(mechanism), rest);
  }
}

bool RecordParser::read_kind(Mechanism& mechanism, std::string_view name) {
  for (const MechanismKind kind : kKinds) {
    if (!equals_ignoring_case(name, to_string(kind))) continue;
    mechanism.kind = kind;
    return true;
  }
  const std::string lower = ascii_lower(name);
  for (const Mistake& mistake : kMistakes) {
    if (lower != mistake.wrote) continue;
    fail(shown(lower) + " is not a mechanism; did you mean " + shown(mistake.meant) + "?");
    return false;
  }
  fail(shown(name) + " is not a mechanism; use all, include, a, mx, ptr, ip4, ip6 or exists");
  return false;
}

void RecordParser::read_all(Mechanism mechanism, std::string_view rest) {
  if (!rest.empty()) return fail_at(rest, "\"all\" takes nothing after it; remove " + shown(rest));
  record_.mechanisms_.push_back(std::move(mechanism));
}

void RecordParser::read_network(Mechanism mechanism, std::string_view rest) {
  const bool v4 = mechanism.kind == MechanismKind::ip4;
  const std::string usage =
      v4 ? "write \"ip4:192.0.2.1\" or \"ip4:192.0.2.0/24\"" : "write \"ip6:2001:db8::1\" or \"ip6:2001:db8::/32\"";
  if (rest.empty() || rest[0] != ':') return fail("an address is missing; " + usage);
  rest.remove_prefix(1);
  const int bits = v4 ? 32 : 128;
  int length = bits;
  if (!take_cidr(rest, "/", bits, length)) return;
  const Result<IpAddress> address = IpAddress::parse(rest);
  if (!address || address->is_v4() != v4) {
    return fail_at(rest, shown(rest) + (v4 ? " is not an IPv4 address; " : " is not an IPv6 address; ") + usage);
  }
  mechanism.network = IpPrefix::containing(*address, length);
  record_.mechanisms_.push_back(std::move(mechanism));
}

void RecordParser::read_domain(Mechanism mechanism, std::string_view rest) {
  const bool has_cidr = mechanism.kind == MechanismKind::a || mechanism.kind == MechanismKind::mx;
  const bool needs_domain = mechanism.kind == MechanismKind::include || mechanism.kind == MechanismKind::exists;
  if (has_cidr && !take_dual_cidr(rest, mechanism)) return;
  const std::string usage = "write " + shown(std::string(to_string(mechanism.kind)) + ":example.com");
  if (rest.empty()) {
    if (needs_domain) return fail("a domain is missing; " + usage);
  } else if (rest[0] != ':') {
    return fail_at(rest, shown(rest) + " is not understood here; " + usage);
  } else {
    MacroString domain;
    if (!parse_macro_string(rest.substr(1), MacroUse::domain_spec, domain)) return;
    mechanism.domain = std::move(domain);
  }
  record_.mechanisms_.push_back(std::move(mechanism));
}

bool RecordParser::take_dual_cidr(std::string_view& rest, Mechanism& mechanism) {
  return take_cidr(rest, "//", 128, mechanism.cidr6) && take_cidr(rest, "/", 32, mechanism.cidr4);
}

bool RecordParser::take_cidr(std::string_view& rest, std::string_view slashes, int bits, int& length) {
  const std::size_t start = rest.find_last_not_of("0123456789") + 1;  // 0 if there are only digits
  if (start == 0 || start == rest.size() || !rest.substr(0, start).ends_with(slashes)) return true;
  const std::string_view digits = rest.substr(start);
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool plain = digits == "0" || digits[0] != '0';
  if (failure != std::errc() || !plain || length > bits) {
    fail_at(digits, "prefix length " + shown(digits) + " is not in 0.." + std::to_string(bits));
    return false;
  }
  rest.remove_suffix(digits.size() + slashes.size());
  return true;
}

bool RecordParser::parse_macro_string(std::string_view text, MacroUse use, MacroString& out) {
  std::size_t offset = 0;
  Result<MacroString> parsed = MacroString::parse(text, use, &offset);
  if (!parsed) {
    fail_at(text.substr(offset), parsed.error().message);
    return false;
  }
  out = std::move(parsed).value();
  return true;
}

}  // namespace emailauth::spf
