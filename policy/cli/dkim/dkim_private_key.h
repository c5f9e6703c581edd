// policy/cli/dkim/dkim_private_key.h - Private DKIM keys: makes and writes them, and reads their public half.
//
// Owns their octets, which are overwritten when they are no longer needed and go nowhere
// but to the file or the output that the caller names. Knows nothing about policies.
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
  std::string base64;         // as in policies: SubjectPublicKeyInfo, or 32 octets (RFC 8463)
  bool from_private = false;  // it was read from a private key
};

class DkimPrivateKey {
 public:
  // `bits` are those of the modulus; ed25519 ignores them. May take a second.
  static Result<DkimPrivateKey> generate(DkimKeyType type, int bits);

  // Returns the public half.
  const DkimPublicKey& public_key() const { return public_; }

  // Writes PEM: "RSA PRIVATE KEY" (PKCS#1) or "PRIVATE KEY" (PKCS#8, for ed25519), which OpenDKIM, rspamd, dkimpy and
  // OpenSSL read. The file must not exist yet, and gets mode 0600; if it cannot be written whole, it is removed again.
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

// The text of a file that may contain a private key; overwritten when the object ends.
class SecretText {
 public:
  // Reads up to 64 KiB. The error names the file.
  static Result<SecretText> read(const std::string& path);
  ~SecretText();
  SecretText(SecretText&&) = default;
  SecretText& operator=(SecretText&&) = delete;

  std::string_view view() const { return {octets_.data(), size_}; }

 private:
  SecretText() = default;
  std::vector<char> octets_;  // never grows, so no copy is left in memory
  std::size_t size_ = 0;
};

// Reads a PEM text: a private key, of which only the public half is kept, or a public key.
Result<DkimPublicKey> parse_pem_key(std::string_view pem);

}  // namespace emailauth::cli
