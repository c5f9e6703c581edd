// The public keys inside base64: DER (X.690) of SubjectPublicKeyInfo, or raw octets.
#include "policy/base/base64.h"
#include "policy/records/dkim_key.h"

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

// Returns the length of the modulus of RSAPublicKey ::= SEQUENCE { n, e }; 0 if `der` is not one.
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

// Returns the key inside SubjectPublicKeyInfo if its algorithm is `oid`.
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

}  // namespace

Result<int> published_key_bits(DkimKeyType type, std::string_view base64) {
  if (base64.find("PRIVATE KEY") != std::string_view::npos) return private_key_error();
  if (base64.find("-----") != std::string_view::npos) {
    return Error{"this is a PEM file; write only the base64 between its first and last line, on one line"};
  }
  const std::optional<std::string> der = from_base64(base64);
  if (!der || der->empty())
    return Error{in_quotes(base64.substr(0, 40)) + " is not base64; copy the key on one line, without spaces"};
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

}  // namespace emailauth
