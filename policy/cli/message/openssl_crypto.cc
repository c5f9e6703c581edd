#include "policy/cli/message/openssl_crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

namespace emailauth::cli {

namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

const unsigned char* octets_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Key read_key(DkimKeyType type, std::string_view text) {
  if (type == DkimKeyType::ed25519)
    return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(text), text.size()));
  const unsigned char* at = octets_of(text);
  Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(text.size())));
  return key && EVP_PKEY_is_a(key.get(), "RSA") == 1 ? std::move(key) : Key();
}

bool verify_rsa(EVP_PKEY* key, std::string_view digest, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key, nullptr),
                                                                            EVP_PKEY_CTX_free);
  return context && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
         EVP_PKEY_verify(context.get(), octets_of(signature), signature.size(), octets_of(digest), digest.size()) == 1;
}

bool verify_ed25519(EVP_PKEY* key, std::string_view digest, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), octets_of(signature), signature.size(), octets_of(digest), digest.size()) == 1;
}

}  // namespace

std::string OpensslCrypto::sha256(std::string_view octets) {
  std::array<unsigned char, 32> out{};
  unsigned size = out.size();
  EVP_Digest(octets.data(), octets.size(), out.data(), &size, EVP_sha256(), nullptr);
  return std::string(reinterpret_cast<const char*>(out.data()), out.size());
}

bool OpensslCrypto::verify(DkimKeyType type, std::string_view key, std::string_view digest,
                           std::string_view signature) {
  const Key read = read_key(type, key);
  const bool good = read && (type == DkimKeyType::rsa ? verify_rsa(read.get(), digest, signature)
                                                      : verify_ed25519(read.get(), digest, signature));
  ERR_clear_error();
  return good;
}

}  // namespace emailauth::cli
