// Judges any octets as a mail. Canonical forms must be canonical, a signature covers
// each field once, and the conclusion must follow from the facts next to it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "policy/message/judge.h"
#include "tests/fuzz/require.h"

using namespace emailauth;           // NOLINT: a test driver
using namespace emailauth::message;  // NOLINT
using emailauth::tests::require;

namespace {

// Has a key for everybody, a policy for some, and an address for each name.
class AnyDns : public Dns {
 public:
  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override {
    const auto known = known_.find(question);
    return known != known_.end() ? known->second : known_.emplace(question, answer(question)).first->second;
  }

 private:
  static DnsAnswer answer(const DnsQuestion& question) {
    DnsAnswer found;
    found.owner = question.name;
    const std::string name = question.name.to_string();
    if (question.type == RecordType::a) found.addresses.push_back(*IpAddress::parse("192.0.2.1"));
    if (question.type != RecordType::txt) return found;
    if (name.find("_domainkey") != std::string::npos)
      found.texts.emplace_back("k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    else if (name.starts_with("_dmarc.") && name.size() % 2 == 0)
      found.texts.emplace_back("v=DMARC1; p=reject");
    else if (name.size() % 3 == 0)
      found.texts.emplace_back("v=spf1 a -all");
    return found;
  }

  std::map<DnsQuestion, DnsAnswer> known_;
};

class AnyCrypto : public Crypto {
 public:
  std::string sha256(std::string_view octets) override { return std::string(32, octets.empty() ? 'a' : octets[0]); }
  bool verify(DkimKeyType, std::string_view, std::string_view, std::string_view signature) override {
    return signature.size() % 2 == 0;
  }
};

bool has_lone_lf(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
  }
  return false;
}

void check_bodies(const Mail& mail) {
  require(!has_lone_lf(mail.body), "lines of a body end with CRLF");
  for (const Canonical canonical : {Canonical::simple, Canonical::relaxed}) {
    const std::string body = canonical_body(mail.body, canonical);
    require(canonical_body(body, canonical) == body, "a canonical body is its own canonical form");
    require(body.empty() ? canonical == Canonical::relaxed : body.ends_with("\r\n"), "a canonical body ends with CRLF");
    require(body == "\r\n" || !body.ends_with("\r\n\r\n"), "no empty lines are left at the end");
    require(canonical_body(mail.body + "\r\n\r\n", canonical) == body, "empty lines at the end do not count");
    require(canonical_body(body, Canonical::relaxed) == canonical_body(mail.body, Canonical::relaxed),
            "what simple takes away, relaxed does, too");
  }
}

void check_fields(const Mail& mail) {
  for (const HeaderField& field : mail.fields) {
    require(!has_lone_lf(field.raw), "lines of a field end with CRLF");
    const std::string text = canonical_field(field, Canonical::relaxed);
    require(text.ends_with("\r\n") && text.find('\n') == text.size() - 1, "a relaxed field is one line");
    require(text.find("  ") == std::string::npos && text.find('\t') == std::string::npos, "white space is one space");
    const auto signature = parse_dkim_signature(field.value_text());
    if (!signature) continue;
    require(has_own_identity(*signature), "i= is in the domain");
    const auto fields = signed_fields(mail, signature->fields, &field);
    require(std::set<const HeaderField*>(fields.begin(), fields.end()).size() == fields.size(),
            "a field is signed once");
    require(std::find(fields.begin(), fields.end(), &field) == fields.end(), "a signature does not sign itself");
    const std::string input = signing_input({}, field, Canonical::simple);
    require(input.size() + 1 < field.raw.size() + 2 && !input.ends_with("\r\n"), "b= is left out");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  parse_received(octets);
  const auto mail = parse_mail(octets);
  if (!mail) {
    require(!mail.error().message.empty(), "a refusal has a reason");
    return 0;
  }
  check_bodies(*mail);
  check_fields(*mail);
  const auto envelope = find_envelope(*mail, {});
  require(envelope.ok(), "without --hop there is always an envelope");
  require(envelope->hop <= envelope->hops && envelope->client.has_value() == (envelope->hop > 0), "a hop has a client");
  std::vector<std::string> authors;
  for (const HeaderField* field : mail->all("From")) authors.push_back(unfolded(*field));
  AnyDns dns;
  AnyCrypto crypto;
  const MessageReport report = judge_mail(*mail, *envelope, authors, dns, crypto, 1'800'000'000);
  require(!report.because.empty() && report.because.find('\n') == std::string::npos, "a conclusion is one line");
  require(!report.is_clean() || report.outcome == Outcome::accepted, "what is clean is accepted");
  require(report.dkim.signatures.size() <= kMaxSignatures, "signatures are bounded");
  for (const SignatureReport& one : report.dkim.signatures)
    require((one.result == DkimResult::pass) == one.reason.empty(), "what does not pass has a reason");
  return 0;
}
