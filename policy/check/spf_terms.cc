#include "policy/check/spf_terms.h"

#include <algorithm>
#include <array>
#include <set>

#include "policy/spf/visible_text.h"

namespace emailauth::check {

namespace {

using spf::Mechanism;
using spf::MechanismKind;
using spf::Qualifier;
using spf::quoted_text;
using spf::Record;

constexpr std::size_t kShort = 450;  // RFC 7208, 3.4
constexpr std::size_t kUdp = 512;    // RFC 1035, 4.2.1
constexpr int kWideV4 = 16;          // shorter prefixes are wider than almost any owner's network
constexpr int kWideV6 = 32;
constexpr std::array kExtensions = {"ra", "rp", "rr"};  // RFC 6652

bool has_length(const Mechanism& m) { return m.kind == MechanismKind::a || m.kind == MechanismKind::mx; }
bool is_network(const Mechanism& m) { return m.kind == MechanismKind::ip4 || m.kind == MechanismKind::ip6; }

void check_network(const Subject& subject, const Mechanism& mechanism, const std::string& term) {
  const bool passes = mechanism.qualifier == Qualifier::pass;
  if (!passes) return;
  const auto wide = [&](int v4, int v6) {
    const bool everybody = v4 == 0 || v6 == 0;
    if (everybody) {
      subject.found("spf-passes-all", quoted_text(term) + " passes every address");
    } else if (v4 < kWideV4 || v6 < kWideV6) {
      const int bits = v4 < kWideV4 ? 32 - v4 : 128 - v6;
      subject.found("spf-wide-network", quoted_text(term) + " passes 2^" + std::to_string(bits) + " addresses" +
                                            (has_length(mechanism) ? " around each that the name has" : ""));
    }
  };
  if (has_length(mechanism)) {
    wide(mechanism.cidr4, mechanism.cidr6);
  } else if (is_network(mechanism)) {
    const bool v4 = mechanism.kind == MechanismKind::ip4;
    wide(v4 ? mechanism.network.length() : 32, v4 ? 128 : mechanism.network.length());
    if (is_private(mechanism.network))
      subject.found("spf-private-network", quoted_text(term) + " is a private network");
  }
}

void check_all(const Subject& subject, const Record& record) {
  const auto& mechanisms = record.mechanisms();
  const auto all = std::find_if(mechanisms.begin(), mechanisms.end(),
                                [](const Mechanism& m) { return m.kind == MechanismKind::all; });
  if (all == mechanisms.end()) {
    if (record.redirect() == nullptr) subject.found("spf-no-all", quoted_text(record.text()) + " has no \"all\"");
    return;
  }
  const std::string term = quoted_text(record.text_of(all->span));
  if (all->qualifier == Qualifier::pass) subject.found("spf-passes-all", term + " passes every address");
  if (all->qualifier == Qualifier::neutral) subject.found("spf-neutral-all", "the record ends in " + term);
  if (record.redirect() != nullptr) {
    subject.found("spf-redirect-ignored", quoted_text(record.text_of(record.redirect()->span)) + " is next to " + term);
  }
  std::string behind;
  for (auto after = all + 1; after < mechanisms.end(); ++after) {
    behind += (behind.empty() ? "" : ", ") + quoted_text(record.text_of(after->span));
  }
  if (!behind.empty()) subject.found("spf-terms-after-all", behind + " follows " + term);
}

void check_repeated(const Subject& subject, const Record& record) {
  std::set<std::string> seen;
  for (const Mechanism& mechanism : record.mechanisms()) {
    if (!seen.insert(ascii_lower(mechanism.to_string())).second) {
      subject.found("spf-duplicate-term", quoted_text(record.text_of(mechanism.span)) + " appears twice");
    }
  }
}

}  // namespace

bool is_private(const IpPrefix& network) {
  static const std::array kPrivate = {"10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8",
                                      "169.254.0.0/16", "fc00::/7",      "fe80::/10",      "::1/128"};
  return std::any_of(kPrivate.begin(), kPrivate.end(), [&](const char* text) {
    const IpPrefix reserved = *IpPrefix::parse(text);
    return reserved.family() == network.family() && reserved.contains(network.first()) &&
           reserved.length() <= network.length();
  });
}

void check_spf_terms(const Subject& subject, const Record& record) {
  check_all(subject, record);
  bool helo = false;
  for (const Mechanism& mechanism : record.mechanisms()) {
    const std::string term(record.text_of(mechanism.span));
    check_network(subject, mechanism, term);
    const bool validated = mechanism.domain && mechanism.domain->uses('p');
    if (mechanism.kind == MechanismKind::ptr || validated)
      subject.found("spf-ptr", quoted_text(term) + " looks up the names of each client's address");
    if (!helo && mechanism.domain && mechanism.domain->uses('h')) {
      helo = true;
      subject.found("spf-macro-helo", quoted_text(term) + " uses %{h}");
    }
  }
  for (const spf::Modifier& modifier : record.unknown_modifiers()) {
    if (std::find(kExtensions.begin(), kExtensions.end(), modifier.name) != kExtensions.end()) continue;
    subject.found("spf-unknown-modifier", quoted_text(record.text_of(modifier.span)) + " does nothing");
  }
  check_repeated(subject, record);
}

void check_spf_size(const Subject& subject, const std::string& record, const DnsAnswer& texts) {
  const std::string octets = std::to_string(record.size()) + " octets";
  if (record.size() > kUdp) return subject.found("spf-record-too-long", "the record has " + octets);
  if (record.size() > kShort) return subject.found("spf-record-long", "the record has " + octets);
  std::size_t answer = 12 + subject.domain.wire().size() + 4;
  for (const std::string& text : texts.texts) answer += 12 + text.size() + (text.size() + 254) / 255;
  if (answer > kUdp) {
    subject.found("spf-answer-long", std::to_string(texts.texts.size()) + " TXT records make an answer of " +
                                         std::to_string(answer) + " octets");
  }
}

}  // namespace emailauth::check
