#include "policy/cli/report_database/stored_key.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::cli {

std::string stored_id(std::string_view id) {
  constexpr std::string_view kSigns = "-_.:!<>{}()/+,~$#";
  const bool plain = std::all_of(id.begin(), id.end(),
                                 [&kSigns](char c) { return is_alphanumeric(c) || kSigns.find(c) != kSigns.npos; });
  if (plain) return std::string(id);
  constexpr std::size_t kKept = 16;  // octets of the digest
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(id.data(), id.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string out = "sha256:";
  for (std::size_t i = 0; i < kKept; ++i) (out += kDigits[digest[i] >> 4]) += kDigits[digest[i] & 15];
  return out;
}

std::string stored_organisation(std::string_view organisation) {
  return ascii_lower(report::without_addresses(organisation));
}

report::ReportKey stored_key(report::ReportKey key) {
  key.organisation = stored_organisation(key.organisation);
  key.id = stored_id(key.id);
  return key;
}

}  // namespace emailauth::cli
