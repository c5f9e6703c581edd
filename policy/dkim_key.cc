#include "policy/dkim_key.h"

#include <algorithm>
#include <set>

#include "policy/base64.h"
#include "policy/domain_text.h"

namespace emailauth {

namespace {

constexpr unsigned kInteger = 0x02;
constexpr unsigned kBitString = 0x03;
constexpr unsigned kOctetString = 0x04;
constexpr unsigned kSequence = 0x30;
constexpr std::string_view kRsaOid("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 11);
constexpr std::string_view kEd25519Oid("\x06\x03\x2b\x65\x70", 5);

// Takes one DER element with tag `tag` off the front of `der` (X.690, definite lengths).
std::optional<std::string_view> take(std::string_view& der, unsigned tag) {
  if (der.size() < 2 || static_cast<unsigned char>(der[0]) != tag) return std::nullopt;
  std::size_t length = static_cast<unsigned char>(der[1]);
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t octets = length & 0x7fU;
    if (octets == 0 || octets > 4 || der.size() < 2 + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8U | static_cast<unsigned char>(der[2 + i]);
    header += octets;
  }
  if (der.size() - header < length) return std::nullopt;
  const std::string_view content = der.substr(header, length);
  der.remove_prefix(header + length);
  return content;
}

bool contains(std::string_view der, std::string_view oid) { return der.find(oid) != std::string_view::npos; }

// Length of the modulus of RSAPublicKey ::= SEQUENCE { n, e }; 0 if it is none.
int rsa_modulus_bits(std::string_view der) {
  const auto sequence = take(der, kSequence);
  if (!sequence || !der.empty()) return 0;
  std::string_view rest = *sequence;
  const auto n = take(rest, kInteger);
  const auto e = take(rest, kInteger);
  if (!n || !e || !rest.empty()) return 0;
  const std::size_t first = n->find_first_not_of('\0');
  if (first == std::string_view::npos) return 0;
  int bits = static_cast<int>(n->size() - first) * 8;
  for (unsigned top = static_cast<unsigned char>((*n)[first]); top < 0x80; top <<= 1U) --bits;
  return bits;
}

// The key inside SubjectPublicKeyInfo, when its algorithm is `oid`.
std::optional<std::string_view> subject_public_key(std::string_view der, std::string_view oid) {
  const auto info = take(der, kSequence);
  if (!info || !der.empty()) return std::nullopt;
  std::string_view rest = *info;
  const auto algorithm = take(rest, kSequence);
  const auto key = take(rest, kBitString);
  if (!algorithm || !key || !rest.empty() || key->empty() || key->front() != '\0') return std::nullopt;
  if (algorithm->substr(0, oid.size()) != oid) return std::nullopt;
  return key->substr(1);
}

// PKCS#1 and PKCS#8 private keys begin with SEQUENCE { INTEGER version, … }; what
// follows the version is a modulus and much more, or an algorithm and an OCTET STRING.
bool is_private_key(std::string_view der) {
  const auto sequence = take(der, kSequence);
  if (!sequence) return false;
  std::string_view rest = *sequence;
  const auto version = take(rest, kInteger);
  if (!version || version->size() != 1) return false;
  std::string_view pkcs8 = rest;
  if (take(pkcs8, kSequence) && take(pkcs8, kOctetString)) return true;
  int integers = 0;
  while (take(rest, kInteger)) ++integers;
  return integers >= 5;
}

Error private_key_error() {
  return Error{
      "this is a private key; remove it from the file, make a new key pair (this one is no longer secret) and write "
      "its public half"};
}

Result<int> rsa_bits(std::string_view der) {
  if (const auto key = subject_public_key(der, kRsaOid)) {
    const int bits = rsa_modulus_bits(*key);
    if (bits == 0) return Error{"the RSA key inside is damaged; copy it again from the signer"};
    return bits;
  }
  if (rsa_modulus_bits(der) > 0) {
    return Error{
        "this is an RSAPublicKey (PKCS#1); verifiers read SubjectPublicKeyInfo: convert it with \"openssl rsa "
        "-RSAPublicKey_in -pubout\""};
  }
  if (contains(der, kEd25519Oid) || der.size() == 32)
    return Error{"this is an ed25519 key; write \"type\": \"ed25519\""};
  return Error{
      "this is not an RSA SubjectPublicKeyInfo; write the base64 between the lines of the PEM file \"PUBLIC KEY\""};
}

Result<int> ed25519_bits(std::string_view der) {
  if (der.size() == 32) return 256;
  if (const auto key = subject_public_key(der, kEd25519Oid); key && key->size() == 32) {
    return Error{
        "this is a SubjectPublicKeyInfo; ed25519 keys are published as the raw 32 octets (RFC 8463, 4.2): write " +
        in_quotes(to_base64(*key))};
  }
  if (subject_public_key(der, kRsaOid)) return Error{"this is an RSA key; write \"type\": \"rsa\""};
  return Error{"an ed25519 public key has 32 octets, this has " + std::to_string(der.size()) +
               "; write the 44 characters of its base64"};
}

void read_key_material(const PolicyNode& node, DkimKey& key) {
  if (const auto type = node.find("type")) {
    key.type = static_cast<DkimKeyType>(type->one_of({"rsa", "ed25519"}, "a key type").value_or(0));
  }
  const auto material = node.find("public_key");
  if (!material) {
    if (key.state != DkimKeyState::revoked) node.error("a key needs \"public_key\" or \"cname\"; write one of them");
    return;
  }
  const std::optional<std::string_view> text = material->text();
  if (!text) return;
  const Result<int> bits = public_key_bits(key.type, *text);
  if (!bits) return material->error(bits.error().message);
  key.public_key = std::string(*text);
  key.bits = *bits;
  if (key.type == DkimKeyType::rsa && key.bits < 2048) {
    material->advice("the RSA key has " + std::to_string(key.bits) + " bits; RFC 8301 asks for 2048 at least");
  } else if (key.bits > 4096) {
    material->warning("the RSA key has " + std::to_string(key.bits) +
                      " bits; verifiers need not take more than 4096 (RFC 8301, 3.2)");
  }
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (text[i] < '0' || text[i] > '9') return false;
  }
  const std::string_view month = text.substr(5, 2);
  const std::string_view day = text.substr(8, 2);
  return month >= "01" && month <= "12" && day >= "01" && day <= "31";
}

void read_dates(const PolicyNode& node) {
  for (const std::string_view key : {"created", "active_from", "retire_after", "revoked_on"}) {
    const auto date = node.find(key);
    if (!date) continue;
    const auto text = date->text();
    if (text && !is_date(*text)) date->error(in_quotes(*text) + " is not a date; write \"2026-05-01\"");
  }
}

std::optional<DkimKey> read_key(const PolicyNode& node) {
  if (!node.is_object_of({"selector", "type", "public_key", "cname", "sender", "created", "active_from", "retire_after",
                          "revoked_on", "state", "testing", "strict", "note"})) {
    return std::nullopt;
  }
  DkimKey key;
  const auto selector = node.require("selector", "\"selector\": \"s1\"");
  const auto selector_text = selector ? selector->text() : std::nullopt;
  if (!selector_text) return std::nullopt;
  Result<Name> name = parse_selector(*selector_text);
  if (!name) {
    selector->error(name.error().message);
    return std::nullopt;
  }
  key.selector = *name;
  if (const auto state = node.find("state")) {
    key.state = static_cast<DkimKeyState>(
        state->one_of({"pending", "active", "retiring", "revoked"}, "a key state").value_or(1));
  }
  if (const auto flag = node.find("testing")) key.testing = flag->boolean().value_or(false);
  if (const auto flag = node.find("strict")) key.strict = flag->boolean().value_or(false);
  if (const auto sender = node.find("sender")) key.sender = sender->note();
  if (const auto note = node.find("note")) note->note();
  read_dates(node);
  if (const auto cname = node.find("cname")) {
    if (node.find("public_key")) cname->error("a name is either a CNAME or a key; remove \"cname\" or \"public_key\"");
    const auto text = cname->text();
    if (!text) return std::nullopt;
    Result<Name> target = parse_domain_text(*text);
    if (!target)
      cname->error(target.error().message);
    else
      key.cname = *target;
  } else {
    read_key_material(node, key);
  }
  return key;
}

}  // namespace

Result<int> published_key_bits(DkimKeyType type, std::string_view base64) {
  if (base64.find("PRIVATE KEY") != std::string_view::npos) return private_key_error();
  if (base64.find("-----") != std::string_view::npos) {
    return Error{"this is a PEM file; write only the base64 between its first and last line, in one line"};
  }
  const std::optional<std::string> der = from_base64(base64);
  if (!der || der->empty())
    return Error{in_quotes(base64.substr(0, 40)) + " is not base64; copy the key in one line, without spaces"};
  if (is_private_key(*der)) return private_key_error();
  return type == DkimKeyType::rsa ? rsa_bits(*der) : ed25519_bits(*der);
}

Result<int> public_key_bits(DkimKeyType type, std::string_view base64) {
  Result<int> bits = published_key_bits(type, base64);
  if (bits && type == DkimKeyType::rsa && *bits < 1024)
    return Error{"the RSA key has " + std::to_string(*bits) +
                 " bits; verifiers refuse keys below 1024 (RFC 8301, 3.2): make one with 2048"};
  return bits;
}

std::optional<DkimPolicy> read_dkim(const PolicyNode& node) {
  const std::size_t before = node.mark();
  if (!node.is_object_of({"keys", "other_selectors"}) && !node.is(JsonKind::object)) return std::nullopt;
  DkimPolicy policy;
  if (const auto keys = node.find("keys")) {
    std::set<Name> seen;
    for (const PolicyNode& item : keys->items()) {
      std::optional<DkimKey> key = read_key(item);
      if (!key) continue;
      if (!seen.insert(key->selector).second)
        item.error("the selector " + in_quotes(key->selector.to_string()) + " stands twice; one name has one record");
      policy.keys.push_back(std::move(*key));
    }
  }
  if (const auto other = node.find("other_selectors")) {
    policy.other_selectors =
        static_cast<OtherSelectors>(other->one_of({"none", "revoked"}, "an answer for other selectors").value_or(0));
  }
  if (node.has_errors_since(before)) return std::nullopt;
  return policy;
}

std::string to_record(const DkimKey& key) {
  std::string record = "v=DKIM1; k=";
  record += key.type == DkimKeyType::rsa ? "rsa" : "ed25519";
  if (key.testing || key.strict) {
    record += "; t=";
    record += key.testing ? (key.strict ? "y:s" : "y") : "s";
  }
  record += "; p=";
  if (key.state != DkimKeyState::revoked) record += key.public_key;
  return record;
}

}  // namespace emailauth
