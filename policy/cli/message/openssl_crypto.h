// policy/cli/message/openssl_crypto.h - Hashes and signatures of DKIM, by OpenSSL.
#pragma once

#include "policy/message/dkim_verify.h"

namespace emailauth::cli {

class OpensslCrypto : public message::Crypto {
 public:
  std::string sha256(std::string_view octets) override;
  bool verify(DkimKeyType type, std::string_view key, std::string_view digest, std::string_view signature) override;
};

}  // namespace emailauth::cli
