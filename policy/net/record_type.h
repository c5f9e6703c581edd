// policy/net/record_type.h - The types of DNS records that anything here answers, asks for or publishes.
//
// Owns their numbers and their names. Knows nothing of what records hold.
#pragma once

#include <cstdint>
#include <string_view>

namespace emailauth {

// The values are the numbers on the wire (RFC 1035, 3.2.2, and later).
enum class RecordType : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  ds = 43,
  spf = 99,
};

// "TXT".
std::string_view to_text(RecordType type);

}  // namespace emailauth
