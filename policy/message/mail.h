// policy/message/mail.h - A mail as octets: its header fields, in order, and its body.
//
// Owns what a line is and where the header ends (RFC 5322, 2.1 and 2.2), as DKIM
// needs it: nothing is decoded, nothing is repaired but line endings. A file that
// ends its lines with LF alone is the mail it was on the wire, with CRLF; a CR alone
// is an octet like any other. Knows nothing of MIME and addresses.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::message {

struct HeaderField {
  std::string name;   // as written, without white space before the colon
  std::string raw;    // all of it, folding included, without the CRLF at its end
  std::size_t value;  // where the value begins in `raw`: behind the colon

  std::string_view value_text() const { return std::string_view(raw).substr(value); }
};

struct Mail {
  std::vector<HeaderField> fields;  // top first
  std::string body;                 // lines end with CRLF; the last one perhaps with nothing
  bool bare_lf = false;             // some line ended with LF alone
  bool bare_cr = false;             // a CR stands alone somewhere
  bool nul = false;                 // an octet 0 stands somewhere
  bool cut_header = false;          // a line that is no field ended the header; the body begins with it

  // The fields of that name, in any case, top first.
  std::vector<const HeaderField*> all(std::string_view name) const;
};

inline constexpr std::size_t kMaxMail = 64ULL << 20;   // octets
inline constexpr std::size_t kMaxHeader = 1ULL << 20;  // octets
inline constexpr std::size_t kMaxFields = 2000;

// Refuses what is beyond these limits, and a text without any header field. A
// "From " line of an mbox file at the top is left out.
Result<Mail> parse_mail(std::string_view octets);

// The value on one line: folding taken away, white space around it gone (RFC 5322, 2.2.3).
std::string unfolded(const HeaderField& field);

}  // namespace emailauth::message
