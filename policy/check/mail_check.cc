#include "policy/check/mail_check.h"

#include <algorithm>

namespace emailauth::check {

namespace {

constexpr std::size_t kMaxHosts = 50;  // MX records and addresses that are looked at

bool has_address(const Subject& subject, const Name& host, bool& sure) {
  const DnsAnswer v4 = subject.dns.ask(host, RecordType::a);
  if (!v4.empty()) return true;
  const DnsAnswer v6 = subject.dns.ask(host, RecordType::aaaa);
  sure = !v4.failed() && !v6.failed();
  return !v6.empty();
}

void check_host(const Subject& subject, const Name& host) {
  const std::string text = in_quotes(host.to_string());
  if (IpAddress::parse(host.to_string())) return subject.found("mx-is-address", "the MX " + text + " is an address");
  bool sure = true;
  if (!has_address(subject, host, sure) && sure)
    return subject.found("mx-host-missing", "the mail server " + text + " has no address");
  if (const auto target = cname_at(subject.dns, host))
    subject.found("mx-is-alias", "the mail server " + text + " is a CNAME to " + target->to_string());
}

void check_without_mx(const Subject& subject, bool sends) {
  bool sure = true;
  if (has_address(subject, subject.domain, sure)) {
    subject.found("mx-implicit", "the domain has an address and no MX record");
  } else if (sure && sends) {
    subject.found("mx-missing", "the domain has neither MX records nor an address");
  }
}

void check_address(const Subject& subject, const IpAddress& address) {
  const DnsAnswer names = subject.dns.ask(reverse_name(address), RecordType::ptr);
  if (names.failed()) return;
  const std::string text = in_quotes(address.to_string());
  if (names.names.empty()) return subject.found("rdns-missing", text + " has no PTR record");
  const RecordType type = address.is_v4() ? RecordType::a : RecordType::aaaa;
  for (std::size_t i = 0; i < std::min(names.names.size(), kMaxHosts); ++i) {
    const DnsAnswer back = subject.dns.ask(names.names[i], type);
    const auto& found = back.addresses;
    if (back.failed() || std::find(found.begin(), found.end(), address) != found.end()) return;
  }
  subject.found("rdns-not-confirmed", text + " is called " + in_quotes(names.names.front().to_string()) +
                                          ", which does not resolve back to it");
}

}  // namespace

MxReport check_mx(const Subject& subject, const SpfReport& spf) {
  MxReport out;
  const DnsAnswer mx = subject.dns.ask(subject.domain, RecordType::mx);
  if (mx.failed()) {
    subject.found("dns-servfail", "MX: " + failure_text(mx));
    return out;
  }
  out.hosts = mx.names;
  const auto nulls = std::count_if(mx.names.begin(), mx.names.end(), [](const Name& n) { return n.is_root(); });
  out.null_mx = nulls > 0 && mx.names.size() == 1;
  if (nulls > 0 && !out.null_mx) {
    const auto other = std::find_if(mx.names.begin(), mx.names.end(), [](const Name& n) { return !n.is_root(); });
    const std::string beside = other == mx.names.end() ? "another" : in_quotes(other->to_string());
    subject.found("mx-null-with-others", "a null MX is next to " + beside);
  }
  if (out.null_mx && spf.tree && spf.sends)
    subject.found("mx-null-but-sends", "there is a null MX, and SPF lets somebody send");
  if (mx.names.empty()) check_without_mx(subject, spf.sends);
  for (std::size_t i = 0; i < std::min(mx.names.size(), kMaxHosts); ++i) {
    if (!mx.names[i].is_root()) check_host(subject, mx.names[i]);
  }
  return out;
}

void check_reverse(const Subject& subject, const std::vector<IpAddress>& hosts) {
  const std::size_t count = std::min(hosts.size(), kMaxHosts);
  std::vector<DnsQuestion> questions;
  for (std::size_t i = 0; i < count; ++i) questions.push_back({reverse_name(hosts[i]), RecordType::ptr});
  subject.dns.expect(questions);
  for (std::size_t i = 0; i < count; ++i) check_address(subject, hosts[i]);
}

Name reverse_name(const IpAddress& address) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  const auto& octets = address.octets();
  if (address.is_v4()) {
    for (std::size_t i = 4; i-- > 0;) text += std::to_string(octets[i]) + ".";
    return *Name::parse(text + "in-addr.arpa");
  }
  for (std::size_t i = 16; i-- > 0;) text += {kHex[octets[i] & 15U], '.', kHex[octets[i] >> 4U], '.'};
  return *Name::parse(text + "ip6.arpa");
}

}  // namespace emailauth::check
