// policy/message/mail.h - A mail as octets: its header fields, in order, and its body.
//
// Owns what a line is and where the header ends (RFC 5322, 2.1 and 2.2), as DKIM needs it: decodes nothing, and repairs
// nothing but line endings. A file that ends its lines with LF alone is read as the mail it was on the wire, with CRLF;
// a CR alone is an octet like any other. Knows nothing about MIME and addresses.
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
  std::size_t value;  // where the value begins in `raw`: after the colon

  std::string_view value_text() const { return std::string_view(raw).substr(value); }
};

struct Mail {
  std::vector<HeaderField> fields;  // top first
  std::string body;                 // lines end with CRLF; except perhaps the last one
  bool bare_lf = false;             // some line ended with LF alone
  bool bare_cr = false;             // there is a CR without LF
  bool nul = false;                 // there is an octet 0
  bool cut_header = false;          // a line that is not a field ended the header; the body begins with it

  // Returns the fields of that name, in any case, top first.
  std::vector<const HeaderField*> all(std::string_view name) const;
};

inline constexpr std::size_t kMaxMail = 64ULL << 20;   // octets
inline constexpr std::size_t kMaxHeader = 1ULL << 20;  // octets
inline constexpr std::size_t kMaxFields = 2000;

// Refuses text beyond these limits and text without any header field. Leaves out a
// "From " line of an mbox file at the top.
Result<Mail> parse_mail(std::string_view octets);

// Returns the value on one line, without folding and surrounding white space (RFC 5322, 2.2.3).
std::string unfolded(const HeaderField& field);

}  // namespace emailauth::message
