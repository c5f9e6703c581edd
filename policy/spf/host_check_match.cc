// The mechanisms that query DNS for addresses: a, mx, ptr, exists (RFC 7208, 5.3 to 5.7).
#include <algorithm>

#include "policy/spf/host_check.h"
#include "policy/spf/target_name.h"

namespace emailauth::spf {

RecordType HostCheck::address_type() const { return values_.client.is_v4() ? RecordType::a : RecordType::aaaa; }

HostCheck::Match HostCheck::temperror(const Name& name, RecordType type, const DnsAnswer& answer) {
  out_.reason = std::string(to_text(type)) + " " + name.to_string() + ": " + describe(answer);
  return Match::temperror;
}

HostCheck::Match HostCheck::permerror(std::string reason) {
  out_.reason = std::move(reason);
  return Match::permerror;
}

// Counts an answer without records (4.6.4). Returns permerror if there were too many, otherwise no.
HostCheck::Match HostCheck::count_void(const DnsAnswer& answer) {
  if (answer.failed() || !answer.empty()) return Match::no;
  if (++out_.void_lookups <= limits_.void_lookups) return Match::no;
  return permerror("over " + std::to_string(limits_.void_lookups) +
                   " questions had no answer; remove terms whose names do not exist");
}

HostCheck::Match HostCheck::match_addresses(const Name& name, const Mechanism& mechanism) {
  const RecordType type = address_type();
  const DnsAnswer answer = ask(name, type);
  if (answer.failed()) return temperror(name, type, answer);
  const int length = values_.client.is_v4() ? mechanism.cidr4 : mechanism.cidr6;
  const bool matched = std::any_of(answer.addresses.begin(), answer.addresses.end(), [&](const IpAddress& address) {
    return address.family() == values_.client.family() &&
           IpPrefix::containing(address, length).contains(values_.client);
  });
  return matched ? Match::yes : count_void(answer);
}

HostCheck::Match HostCheck::match_a(const Frame& frame, const Mechanism& mechanism) {
  const Result<Name> name = target_name(target_text(frame, mechanism));
  return name ? match_addresses(*name, mechanism) : Match::no;
}

HostCheck::Match HostCheck::match_mx(const Frame& frame, const Mechanism& mechanism) {
  const Result<Name> name = target_name(target_text(frame, mechanism));
  if (!name) return Match::no;
  const DnsAnswer answer = ask(*name, RecordType::mx);
  if (answer.failed()) return temperror(*name, RecordType::mx, answer);
  if (answer.names.size() > static_cast<std::size_t>(limits_.names_per_term)) {
    return permerror("\"" + name->to_string() + "\" has " + std::to_string(answer.names.size()) +
                     " MX records; SPF allows " + std::to_string(limits_.names_per_term));
  }
  for (const Name& exchange : answer.names) {
    if (exchange.is_root()) continue;  // RFC 7505: no mail here
    const Match match = match_addresses(exchange, mechanism);
    if (match != Match::no) return match;
  }
  return count_void(answer);
}

HostCheck::Match HostCheck::match_exists(const Frame& frame, const Mechanism& mechanism) {
  const Result<Name> name = target_name(target_text(frame, mechanism));
  if (!name) return Match::no;
  const DnsAnswer answer = ask(*name, RecordType::a);  // A for IPv6 clients too
  if (answer.failed()) return temperror(*name, RecordType::a, answer);
  return answer.addresses.empty() ? count_void(answer) : Match::yes;
}

HostCheck::Match HostCheck::match_ptr(const Frame& frame, const Mechanism& mechanism) {
  const Result<Name> target = target_name(target_text(frame, mechanism));
  if (!target) return Match::no;
  const ClientNames& names = client_names();
  if (names.none) return count_void(DnsAnswer{});
  const bool matched = std::any_of(names.validated.begin(), names.validated.end(),
                                   [&](const Name& name) { return name.is_at_or_below(*target); });
  return matched ? Match::yes : Match::no;
}

// 5.5: failed lookups count as no names, and names beyond the tenth are ignored.
const HostCheck::ClientNames& HostCheck::client_names() {
  if (client_names_) return *client_names_;
  ClientNames& names = client_names_.emplace(ClientNames{});
  const Macro reversed{'i', false, 0, true, {}};
  const std::string zone = values_.client.is_v4() ? ".in-addr.arpa" : ".ip6.arpa";
  const Result<Name> reverse = target_name(spf::expand(reversed, values_) + zone);
  const DnsAnswer answer = ask(*reverse, RecordType::ptr);
  names.none = !answer.failed() && answer.names.empty();
  const std::size_t count = std::min(answer.names.size(), static_cast<std::size_t>(limits_.names_per_term));
  for (std::size_t i = 0; i < count; ++i) {
    const Name& name = answer.names[i];
    const DnsAnswer addresses = ask(name, address_type());
    const auto& found = addresses.addresses;
    if (std::find(found.begin(), found.end(), values_.client) != found.end()) names.validated.push_back(name);
  }
  return names;
}

// 7.3: the domain itself, else a name below it, else any, else "unknown".
std::string HostCheck::validated_for(const std::string& domain) {
  const std::vector<Name>& names = client_names().validated;
  if (names.empty()) return "unknown";
  const Result<Name> own = target_name(domain);
  if (own && std::find(names.begin(), names.end(), *own) != names.end()) return plain_text(*own);
  const auto below =
      std::find_if(names.begin(), names.end(), [&](const Name& name) { return own && name.is_at_or_below(*own); });
  return plain_text(below == names.end() ? names.front() : *below);
}

}  // namespace emailauth::spf
