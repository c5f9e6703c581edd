// policy/cli/dkim/dkim_private_key.h - Private DKIM keys: made, written, and read for their public half.
//
// Owns their octets, which are overwritten when they are no longer needed and go nowhere
// but to the file or the output that the caller names. Knows nothing of policies.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/folder/folder.h"
#include "policy/records/dkim_key.h"

struct evp_pkey_st;

namespace emailauth::cli {

struct DkimPublicKey {
  DkimKeyType type = DkimKeyType::rsa;
  int bits = 0;
  std::string base64;         // as policies have it: SubjectPublicKeyInfo, or 32 octets (RFC 8463)
  bool from_private = false;  // it was read out of a private key
};

class DkimPrivateKey {
 public:
  // `bits` of the modulus; nothing to ed25519. May take a second.
  static Result<DkimPrivateKey> generate(DkimKeyType type, int bits);

  // The public half.
  const DkimPublicKey& public_key() const { return public_; }

  // PEM: "RSA PRIVATE KEY" (PKCS#1) or "PRIVATE KEY" (PKCS#8, for ed25519), which OpenDKIM,
  // rspamd, dkimpy and OpenSSL read. To a file that must not be there yet, mode 0600; what cannot be
  // written whole is removed again.
  Result<bool> write_file(const FilePlace& place) const;
  Result<bool> write_output() const;  // standard output

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  Result<bool> write(int fd, const std::string& where) const;

  std::unique_ptr<evp_pkey_st, Free> key_;
  DkimPublicKey public_;
};

// The text of a file that may hold a private key; overwritten with the object.
class SecretText {
 public:
  // Up to 64 KiB. The error names the file.
  static Result<SecretText> read(const std::string& path);
  ~SecretText();
  SecretText(SecretText&&) = default;
  SecretText& operator=(SecretText&&) = delete;

  std::string_view view() const { return {octets_.data(), size_}; }

 private:
  SecretText() = default;
  std::vector<char> octets_;  // never grows: nothing is left behind elsewhere
  std::size_t size_ = 0;
};

// Reads a PEM text: a private key, of which only the public half is taken, or a public key.
Result<DkimPublicKey> parse_pem_key(std::string_view pem);

}  // namespace emailauth::cli
