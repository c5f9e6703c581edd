#include "tests/invariants/world.h"

#include <algorithm>
#include <optional>

#include "policy/net/ip_set.h"
#include "policy/spf/macro_string.h"
#include "tests/make_responder.h"

namespace emailauth::tests {

namespace {

constexpr const char* kCustomer = R"({"domain": "customer.test", "spf": {"all": "~all", "netblocks": [
  {"network": "192.0.2.1"}, {"network": "198.51.100.0/24"}, {"network": "2001:db8::1"}]}})";
constexpr const char* kVictim = R"({"domain": "victim.test", "spf": {"all": "?all", "covers_subdomains": false,
  "netblocks": [{"network": "203.0.113.9"}]}})";

// In the mixed world victim.test also has a vendor whose networks cannot be listed.
constexpr const char* kVictimWithVendor =
    R"({"domain": "victim.test", "spf": {"all": "?all", "covers_subdomains": false,
  "netblocks": [{"network": "203.0.113.9"}], "senders": ["vendor"]}})";
constexpr const char* kVendor = R"({"sender": "vendor", "resolved": {"networks": [], "passthrough": [
  "exists:%{i}._spf.vendor.test", "include:spf.vendor.test"]}})";

IpSet set_of(std::initializer_list<const char*> networks) {
  std::vector<IpPrefix> prefixes;
  for (const char* text : networks) prefixes.push_back(IpPrefix::parse(text).value());
  return IpSet::of(prefixes);
}

const IpSet& customer_grants() {
  static const IpSet set = set_of({"192.0.2.1", "198.51.100.0/24", "2001:db8::1"});
  return set;
}
const IpSet& victim_grants() {
  static const IpSet set = set_of({"203.0.113.9"});
  return set;
}

using Labels = std::vector<std::string>;

// Returns the labels, in lower case; nullopt if the octets are not a name.
std::optional<Labels> to_labels(std::string_view wire) {
  Labels labels;
  if (wire.empty() || wire.size() > 255) return std::nullopt;
  while (true) {
    if (wire.empty()) return std::nullopt;
    const auto length = static_cast<unsigned char>(wire[0]);
    if (length > 63 || wire.size() < 1U + length) return std::nullopt;
    if (length == 0) return wire.size() == 1 ? std::optional(labels) : std::nullopt;
    labels.push_back(ascii_lower(wire.substr(1, length)));
    wire.remove_prefix(1U + length);
  }
}

bool ends_with(const Labels& labels, const Labels& end) {
  return labels.size() >= end.size() && std::equal(end.rbegin(), end.rend(), labels.rbegin());
}

std::string join(const Labels& labels, std::size_t count, char separator) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0 && separator != 0) out += separator;
    out += labels[i];
  }
  return out;
}

// Returns the address before a label "_ip", as RFC 7208 writes it.
std::optional<IpAddress> address_before_ip(const Labels& labels) {
  if (labels.size() > 4 && labels[4] == "_ip") {
    const Result<IpAddress> v4 = IpAddress::parse(join(labels, 4, '.'));
    if (v4 && v4->to_string() == join(labels, 4, '.')) return *v4;
  }
  if (labels.size() <= 32 || labels[32] != "_ip") return std::nullopt;
  const bool digits =
      std::all_of(labels.begin(), labels.begin() + 32, [](const std::string& label) { return label.size() == 1; });
  if (!digits) return std::nullopt;
  std::string text = join(labels, 32, 0);
  for (std::size_t at = 28; at > 0; at -= 4) text.insert(at, ":");
  const Result<IpAddress> v6 = IpAddress::parse(text);
  return v6 ? std::optional(*v6) : std::nullopt;
}

// The record for an address, written independently of the responder.
std::string expected_record(const IpSet& grants, const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  if (!grants.contains(plain)) return "v=spf1 -all";
  if (address.is_v4()) return "v=spf1 ip4:" + address.to_string() + " -all";
  if (plain.is_v4()) return "v=spf1 ip4:" + plain.to_string() + " ip6:" + address.to_string() + " -all";
  return "v=spf1 ip6:" + address.to_string() + " -all";
}

const IpSet* grants_of(const Labels& domain) {
  if (ends_with(domain, {"customer", "test"})) return &customer_grants();
  return domain == Labels{"victim", "test"} ? &victim_grants() : nullptr;
}

// Reads the labels, from right to left, as an address before "_ip".
std::optional<IpAddress> reversed_address(const Labels& labels, std::size_t count) {
  if (labels.size() <= count) return std::nullopt;
  Labels front(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(count));
  std::reverse(front.begin(), front.end());
  front.push_back("_ip");
  return address_before_ip(front);
}

// The same for names below "_safe": "1.2.0.192.in-addr.customer.test".
std::string safe_expectation(Labels labels) {
  if (labels.empty()) return "NODATA";
  const auto stop =
      std::find_if(labels.rbegin(), labels.rend(), [](const std::string& l) { return l == "in-addr" || l == "ip6"; });
  const Labels domain(stop.base(), labels.end());
  const IpSet* grants = grants_of(domain);
  if (stop == labels.rend()) return grants != nullptr || domain == Labels{"test"} ? "NODATA" : "NXDOMAIN";
  if (grants == nullptr) return "NXDOMAIN";
  const std::size_t width = *stop == "ip6" ? 32 : 4;
  labels.resize(static_cast<std::size_t>(labels.rend() - stop));
  if (labels.size() == 1) return "NODATA";  // "in-addr.customer.test"
  const std::optional<IpAddress> address = labels.size() == width + 1 ? reversed_address(labels, width) : std::nullopt;
  return address ? expected_record(*grants, *address) : "v=spf1 -all";
}

// Returns "NXDOMAIN", "NODATA" or the record that the plain world owes for these labels.
std::string plain_expectation(Labels labels) {
  labels.resize(labels.size() - 3);  // the zone
  if (labels.empty()) return "NODATA";
  if (labels.back() == "_safe") {
    labels.pop_back();
    return safe_expectation(labels);
  }
  // The domain is the part right of the template's last label.
  const auto stop =
      std::find_if(labels.rbegin(), labels.rend(), [](const std::string& l) { return l == "_ehlo" || l == "_ip"; });
  const Labels domain(stop.base(), labels.end());
  const IpSet* grants = grants_of(domain);
  if (stop == labels.rend()) return grants != nullptr || domain == Labels{"test"} ? "NODATA" : "NXDOMAIN";
  if (grants == nullptr) return "NXDOMAIN";
  if (*stop == "_ip") return "v=spf1 -all";
  labels.resize(static_cast<std::size_t>(labels.rend() - stop) - 1);
  if (labels.empty()) return "NODATA";  // "_ehlo.customer.test"
  const std::optional<IpAddress> address = address_before_ip(labels);
  return address ? expected_record(*grants, *address) : "v=spf1 -all";
}

std::string to_text(const Answer& answer) {
  if (answer.kind == Answer::Kind::outside) return "REFUSED";
  if (answer.kind == Answer::Kind::missing) return "NXDOMAIN";
  std::string out;
  for (const Record& record : answer.records) {
    if (record.type == RecordType::txt || record.type == RecordType::a) out += (out.empty() ? "" : " | ") + record.data;
  }
  return out.empty() ? "NODATA" : out;
}

std::string fault(std::string_view wire, const std::string& why, const Answer& answer) {
  return to_presentation(wire) + ": " + why + "; the answer is " + to_text(answer);
}

// A term may name only networks that some policy grants.
bool is_granted(std::string_view term) {
  if (term.substr(0, 4) != "ip4:" && term.substr(0, 4) != "ip6:") return false;
  const Result<IpPrefix> network = IpPrefix::parse(term.substr(4));
  if (!network) return false;
  if (network->first().is_v4_mapped() && network->length() == 128)
    return (customer_grants() | victim_grants()).contains(network->first().unmapped());
  return (customer_grants() | victim_grants()).contains(*network);
}

// Returns the address in a name that certainly contains a receiver's client:
// "1.2.0.192.in-addr.victim.test._safe._spf.m.provider.test", and "1.2.0.192.victim.test._spf.m.provider.test" if 4
// labels and 32 cannot both be an address.
std::optional<IpAddress> certain_address(const Labels& labels) {
  const std::optional<IpAddress> v4 = reversed_address(labels, 4);
  const std::optional<IpAddress> v6 = reversed_address(labels, 32);
  const bool is_below_safe = std::find(labels.begin(), labels.end(), "_safe") != labels.end();
  if (is_below_safe) return v6 && labels[32] == "ip6" ? v6 : v4 && labels[4] == "in-addr" ? v4 : std::nullopt;
  return v4 && v6 ? std::nullopt : v6 ? v6 : v4;
}

// A vendor's terms are about the address in the name, so they are only in answers to such names; others lead to one.
// The static record, which lists what is granted, has the term that is the same for every client.
bool is_passed_on(std::string_view term, std::string_view record, const Labels& labels) {
  if (term == "include:spf.vendor.test")
    return certain_address(labels).has_value() || record.substr(0, 23) == "v=spf1 ip4:203.0.113.9 ";
  if (term.substr(0, 7) == "exists:") {
    const std::optional<IpAddress> address = certain_address(labels);
    spf::MacroValues values;
    if (address) values.client = *address;
    spf::Macro client;
    client.letter = 'i';
    return address && term == "exists:" + spf::expand(client, values) + "._spf.vendor.test";
  }
  for (const char* version : {"%{v}", "in-addr", "ip6"}) {
    const std::string_view end = ".victim.test._safe.";
    const std::string begin = std::string("include:%{ir}.") + version + std::string(end);
    if (term.substr(0, begin.size()) != begin) continue;
    const std::string_view apex = term.substr(begin.size());
    return apex == "_spf.m.provider.test" || apex == "m.provider.test";
  }
  return false;
}

std::string spf_fault(std::string_view record, const Labels& labels) {
  if (record.substr(0, 7) != "v=spf1 ") return "it does not begin with \"v=spf1 \"";
  const std::string_view whole = record;
  record.remove_prefix(7);
  bool ended = false;
  while (!record.empty()) {
    const std::size_t end = std::min(record.find(' '), record.size());
    const std::string_view term = record.substr(0, end);
    if (ended) return "terms behind the last one";
    ended = term == "-all" || term == "~all" || term == "?all";
    if (!ended && !is_granted(term) && !is_passed_on(term, whole, labels))
      return "the term \"" + std::string(term) + "\" grants more than any policy";
    record.remove_prefix(std::min(end + 1, record.size()));
  }
  return ended ? "" : "it does not end";
}

// An exists: template says yes only to a granted address at the left end of a
// name that was not cut.
bool may_exist(const Labels& labels, std::string_view wire) {
  if (labels.size() < 5 || wire.size() - 2 >= 190) return false;
  const IpSet grants = customer_grants() | victim_grants();
  for (const bool reversed : {false, true}) {
    Labels front(labels.begin(), labels.begin() + 4);
    if (reversed) std::reverse(front.begin(), front.end());
    const Result<IpAddress> v4 = IpAddress::parse(join(front, 4, '.'));
    if (v4 && grants.contains(*v4)) return true;
    if (labels.size() < 33) continue;
    front.assign(labels.begin(), labels.begin() + 32);
    if (reversed) std::reverse(front.begin(), front.end());
    front.push_back("_ip");
    const std::optional<IpAddress> v6 = address_before_ip(front);
    if (v6 && grants.contains(v6->unmapped())) return true;
  }
  return false;
}

}  // namespace

const Responder& plain_world() {
  static const auto world = make_responder(R"({"nameservers": ["ns1.provider.test"], "hostmaster": "h@provider.test",
    "zones": ["_spf.provider.test"], "spf_templates": ["include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.test"]})",
                                           {kCustomer, kVictim});
  return *world;
}

std::string plain_fault(std::string_view wire) {
  Answer answer;
  plain_world().answer(wire, answer);
  const std::optional<Labels> labels = to_labels(wire);
  const bool inside = labels && ends_with(*labels, {"_spf", "provider", "test"});
  if (inside && *labels == Labels{"_dmarc", "_spf", "provider", "test"}) return "";
  const std::string expected = inside ? plain_expectation(*labels) : "REFUSED";
  return to_text(answer) == expected ? "" : fault(wire, "expected " + expected, answer);
}

const Responder& mixed_world() {
  static const auto world = make_responder(R"({"nameservers": ["ns1.provider.test"], "hostmaster": "h@provider.test",
    "zones": ["m.provider.test", "hosted.provider.test"], "mirror_zone": "hosted.provider.test", "spf_templates": [
    "include:%{i}._ip.%{h}._ehlo.%{d}._spf.m.provider.test", "include:%{ir}.%{v}.%{d}._spf.m.provider.test",
    "include:%{ir}.%{d}._spf.m.provider.test", "include:i.%{ir}._d.%{d}.m.provider.test",
    "exists:%{i}._i.%{d}._d.m.provider.test", "exists:%{ir}.%{v}.%{l}.at.%{o}.m.provider.test",
    "include:%{d}._nspf.m.provider.test", "include:_spf.%{d}._d.m.provider.test", "redirect=%{d}.m.provider.test"],
    "unsafe_exists_templates": ["exists:%{ir}.%{v}.%{l}.at.%{o}.m.provider.test"]})",
                                           {kCustomer, kVictimWithVendor}, {kVendor});
  return *world;
}

std::string mixed_fault(std::string_view wire) {
  Answer answer;
  mixed_world().answer(wire, answer);
  const std::optional<Labels> labels = to_labels(wire);
  const bool inside =
      labels && (ends_with(*labels, {"m", "provider", "test"}) || ends_with(*labels, {"hosted", "provider", "test"}));
  if (inside == (answer.kind == Answer::Kind::outside)) return fault(wire, "the zone is mistaken", answer);
  if (!inside) return "";
  std::size_t texts = 0;
  for (const Record& record : answer.records) {
    if (record.type == RecordType::a && !may_exist(*labels, wire)) return fault(wire, "exists: says yes", answer);
    if (record.type != RecordType::txt) continue;
    ++texts;
    const std::string why = (*labels)[0] == "_dmarc" && labels->size() == 4 ? "" : spf_fault(record.data, *labels);
    if (!why.empty()) return fault(wire, why, answer);
  }
  return texts > 1 ? fault(wire, "more than one TXT record", answer) : "";
}

}  // namespace emailauth::tests
