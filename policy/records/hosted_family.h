// policy/records/hosted_family.h - The families of records that are answered at a domain's own underscored names (RFC
// 8552).
//
// Owns their names, in DNS and in policy files. Knows nothing about records or zones.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace emailauth {

enum class HostedFamily : std::uint8_t { dmarc, dkim, bimi, mta_sts, tls_rpt };
inline constexpr HostedFamily kHostedFamilies[] = {HostedFamily::dmarc, HostedFamily::dkim, HostedFamily::bimi,
                                                   HostedFamily::mta_sts, HostedFamily::tls_rpt};

// "_dmarc", "_domainkey", "_bimi", "_mta-sts", "_smtp._tls".
std::string_view to_text(HostedFamily family);

// The key of a policy file: "dmarc", "dkim", "bimi", "mta_sts", "tls_rpt".
std::string_view key_of(HostedFamily family);

// A set of families, in one octet.
class HostedFamilies {
 public:
  constexpr HostedFamilies() = default;
  constexpr void add(HostedFamily family) { bits_ = static_cast<std::uint8_t>(bits_ | bit(family)); }
  constexpr void add(HostedFamilies other) { bits_ = static_cast<std::uint8_t>(bits_ | other.bits_); }
  constexpr bool has(HostedFamily family) const { return (bits_ & bit(family)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::size_t count() const { return static_cast<std::size_t>(std::popcount(bits_)); }
  // Returns the families that `other` does not have.
  constexpr HostedFamilies without(HostedFamilies other) const {
    HostedFamilies out;
    out.bits_ = static_cast<std::uint8_t>(bits_ & ~other.bits_);
    return out;
  }
  friend constexpr bool operator==(HostedFamilies, HostedFamilies) = default;

 private:
  static constexpr unsigned bit(HostedFamily family) { return 1U << static_cast<unsigned>(family); }
  std::uint8_t bits_ = 0;
};

}  // namespace emailauth
