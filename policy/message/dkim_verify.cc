#include "policy/message/dkim_verify.h"

#include <algorithm>
#include <map>

#include "policy/base/base64.h"
#include "policy/base/utc_time.h"
#include "policy/records/dkim_record.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::message {

namespace {

constexpr int kLeastBits = 1024;  // RFC 8301, 3.2
constexpr int kGoodBits = 2048;
constexpr int kMostBits = 4096;  // what every verifier must accept

class Verifier {
 public:
  Verifier(const Mail& mail, Dns& dns, Crypto& crypto, std::int64_t now)
      : mail_(mail), dns_(dns), crypto_(crypto), now_(now) {}

  DkimReport run() {
    DkimReport out;
    std::vector<const HeaderField*> fields = mail_.all("DKIM-Signature");
    if (fields.size() > kMaxSignatures) {
      out.left_out = fields.size() - kMaxSignatures;
      fields.resize(kMaxSignatures);
    }
    std::vector<DnsQuestion> questions;
    for (const HeaderField* field : fields) {
      SignatureReport report;
      report.name = name_of_signature(field->value_text());
      Result<DkimSignature> signature = parse_dkim_signature(field->value_text());
      if (signature) {
        const Result<Name> at = key_name(signature->selector, signature->domain);
        if (at) questions.push_back({*at, RecordType::txt});
        if (at) report.key_at = *at;
        report.signature = std::move(*signature);
      } else {
        report.reason = signature.error().message;
      }
      out.signatures.push_back(std::move(report));
    }
    dns_.expect(questions);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (out.signatures[i].signature) verify(*fields[i], out.signatures[i]);
    }
    return out;
  }

 private:
  static void set(SignatureReport& out, DkimResult result, std::string reason) {
    out.result = result;
    out.reason = std::move(reason);
  }

  void verify(const HeaderField& field, SignatureReport& out) {
    const DkimSignature& signature = *out.signature;
    remark_on_coverage(signature, field, out);
    if (signature.sha1)
      return set(out, DkimResult::permerror, "rsa-sha1 is no longer valid (RFC 8301, 3.1); sign with rsa-sha256");
    if (signature.valid_until && *signature.valid_until + kClockDrift < now_)
      return set(out, DkimResult::fail, "the signature expired at " + to_rfc3339(*signature.valid_until) + " (x=)");
    if (signature.signed_at && *signature.signed_at > now_ + kClockDrift)
      return set(out, DkimResult::permerror,
                 "the signature was made in the future, at " + to_rfc3339(*signature.signed_at) + " (t=)");
    const auto key = find_key(out);
    if (!key) return;
    const std::string& body = body_of(signature.body);
    if (signature.length && *signature.length > body.size())
      return set(out, DkimResult::permerror,
                 "l=" + std::to_string(*signature.length) +
                     " is more than the body has: " + std::to_string(body.size()) + " octets");
    if (signature.length && *signature.length < body.size())
      out.remarks.push_back("l= leaves the last " + std::to_string(body.size() - *signature.length) +
                            " octets of the body unsigned: anybody may have added them");
    const std::string input = signing_input(signed_fields(mail_, signature.fields, &field), field, signature.header);
    const bool header_good = crypto_.verify(signature.type, *key, crypto_.sha256(input), signature.signature);
    if (body_hash(signature) != signature.body_hash)
      return set(out, DkimResult::fail,
                 std::string("the body was changed after it was signed (bh=), the signed header was ") +
                     (header_good ? "not" : "changed, too"));
    if (!header_good)
      return set(out, DkimResult::fail,
                 "the body is as signed, but not the header: a signed field was changed, or the key is another (b=)");
    set(out, DkimResult::pass, "");
  }

  // Returns the octets of the key; nullopt, after saying why, if there is no usable key.
  std::optional<std::string> find_key(SignatureReport& out) {
    const auto none = [&](DkimResult result, std::string reason) {
      set(out, result, std::move(reason));
      return std::nullopt;
    };
    if (out.key_at.is_root()) return none(DkimResult::permerror, "the name of the key is longer than DNS allows");
    const DnsAnswer found = dns_.ask(out.key_at, RecordType::txt);
    const std::string place = out.key_at.to_string();
    if (found.failed()) return none(DkimResult::temperror, "the key at " + place + ": " + failure_text(found));
    if (found.texts.empty()) return none(DkimResult::permerror, "there is no key at " + place);
    if (found.texts.size() > 1)
      return none(DkimResult::permerror,
                  std::to_string(found.texts.size()) + " TXT records are at " + place + "; receivers want exactly one");
    const Result<DkimRecord> record = parse_dkim_record(found.texts.front());
    if (!record) return none(DkimResult::permerror, "the key at " + place + ": " + record.error().message);
    if (record->public_key.empty()) return none(DkimResult::permerror, "the key at " + place + " is revoked");
    if (record->type != out.signature->type)
      return none(DkimResult::permerror, "the key at " + place + " is " + std::string(to_text(record->type)) +
                                             ", the signature is " + out.signature->algorithm);
    out.key_bits = record->bits;
    out.testing = record->testing;
    if (record->type == DkimKeyType::rsa && out.key_bits < kLeastBits)
      return none(DkimResult::permerror, "the key has " + std::to_string(out.key_bits) +
                                             " bits; receivers refuse less than 1024 (RFC 8301, 3.2)");
    if (record->strict && !has_exact_identity(*out.signature))
      return none(DkimResult::permerror, "the key says t=s, and i= is " +
                                             spf::quoted_text(out.signature->identity, 80) + ", not of exactly " +
                                             out.signature->domain.to_string());
    remark_on_key(*record, found.texts.front(), out);
    return from_base64(record->public_key);
  }

  static void remark_on_key(const DkimRecord& record, const std::string& text, SignatureReport& out) {
    if (record.type == DkimKeyType::rsa && out.key_bits < kGoodBits)
      out.remarks.push_back("the key has " + std::to_string(out.key_bits) +
                            " bits; signers should use 2048 (RFC 8301, 3.2)");
    if (record.type == DkimKeyType::rsa && out.key_bits > kMostBits)
      out.remarks.push_back("the key has " + std::to_string(out.key_bits) +
                            " bits; receivers need not accept more than 4096 (RFC 8301, 3.2)");
    if (record.testing)
      out.remarks.emplace_back("the key says t=y: its owner only tests, and some receivers do not count it");
    const check::TagList tags = check::parse_tags(text);
    if (const std::string* g = tags.find("g"); g != nullptr && *g != "*")
      out.remarks.push_back("the key has g=" + spf::quoted_text(*g, 80) +
                            ", which old receivers compare with i=; new ones ignore it (RFC 6376, C)");
  }

  // Remarks what the signature leaves open to others.
  void remark_on_coverage(const DkimSignature& signature, const HeaderField& itself, SignatureReport& out) const {
    const auto covered = signed_fields(mail_, signature.fields, &itself);
    std::string missing;
    for (const std::string_view name : {"From", "Subject", "Date", "To", "Cc", "Reply-To"}) {
      for (const HeaderField* field : mail_.all(name)) {
        if (std::find(covered.begin(), covered.end(), field) != covered.end()) continue;
        missing += (missing.empty() ? "" : ", ") + std::string(name);
        break;
      }
    }
    if (!missing.empty()) out.remarks.push_back("not signed, so anybody may have written it: " + missing);
  }

  const std::string& body_of(Canonical canonical) {
    const auto known = bodies_.find(canonical);
    if (known != bodies_.end()) return known->second;
    return bodies_.emplace(canonical, canonical_body(mail_.body, canonical)).first->second;
  }

  const std::string& body_hash(const DkimSignature& signature) {
    const std::string& body = body_of(signature.body);
    const std::uint64_t length = std::min<std::uint64_t>(signature.length.value_or(body.size()), body.size());
    const auto known = hashes_.find({signature.body, length});
    if (known != hashes_.end()) return known->second;
    return hashes_.emplace(std::pair(signature.body, length), crypto_.sha256(std::string_view(body).substr(0, length)))
        .first->second;
  }

  const Mail& mail_;
  Dns& dns_;
  Crypto& crypto_;
  const std::int64_t now_;
  std::map<Canonical, std::string> bodies_;
  std::map<std::pair<Canonical, std::uint64_t>, std::string> hashes_;
};

}  // namespace

std::string_view to_text(DkimResult result) {
  switch (result) {
    case DkimResult::pass: return "pass";
    case DkimResult::fail: return "fail";
    case DkimResult::permerror: return "permerror";
    case DkimResult::temperror: return "temperror";
  }
  return {};
}

DkimReport verify_signatures(const Mail& mail, Dns& dns, Crypto& crypto, std::int64_t now) {
  return Verifier(mail, dns, crypto, now).run();
}

}  // namespace emailauth::message
