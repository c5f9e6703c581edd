// policy/spf/record.h - An SPF record as a value (RFC 7208, sections 4.6.1, 5, 6, 12).
//
// Owns the grammar of "v=spf1 ..." and the wording of what is wrong with a
// record. Strict, as 4.6.1 asks: one bad term makes the whole record bad.
// Knows nothing of DNS; asks nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/net/ip_prefix.h"
#include "policy/spf/macro_string.h"

namespace emailauth::spf {

enum class Qualifier : std::uint8_t { pass, fail, softfail, neutral };  // + - ~ ?

enum class MechanismKind : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };

// Where a term stands in the text of its record.
struct TextSpan {
  std::size_t offset = 0;
  std::size_t length = 0;
};

struct Mechanism {
  Qualifier qualifier = Qualifier::pass;
  MechanismKind kind = MechanismKind::all;
  std::optional<MacroString> domain;  // include, exists: always; a, mx, ptr: when given
  IpPrefix network;                   // ip4, ip6: host bits cleared
  int cidr4 = 32;                     // a, mx
  int cidr6 = 128;                    // a, mx
  TextSpan span;

  // Canonical text: "~a:example.com/24//64".
  std::string to_string() const;

  // One of the terms that 4.6.4 limits to ten.
  bool asks_dns() const;
};

// redirect=, exp=, and modifiers that RFC 7208 does not know (which do nothing).
struct Modifier {
  std::string name;  // lower case
  MacroString value;
  TextSpan span;

  std::string to_string() const;
};

// What is wrong with a record, and where.
struct SyntaxError {
  TextSpan span;        // the offending part of the record's text
  std::string message;  // lower case; quotes the term and says what to write

  // "at 14: <message>"
  std::string to_string() const;
};

class Record {
 public:
  static constexpr std::size_t kMaxOctets = 65535;

  // True when `text` is meant to be SPF: "v=spf1", in any case, and then its
  // end or a space (4.5). "v=spf10" is not.
  static bool has_version(std::string_view text);

  // Parses a whole record. The error is the first of check_record().
  static Result<Record> parse(std::string_view text);

  // Canonical text: mechanisms, redirect, exp, unknown modifiers.
  // parse(r.to_string()) gives a record of the same to_string().
  std::string to_string() const;

  // The text that was parsed, and the part of it that a term came from.
  const std::string& text() const { return text_; }
  std::string_view text_of(const TextSpan& span) const {
    return std::string_view(text_).substr(span.offset, span.length);
  }

  // In order; those behind "all" included (they are never reached, 5.1).
  const std::vector<Mechanism>& mechanisms() const { return mechanisms_; }

  // Null when absent. A redirect beside "all" is here too; it is ignored (6.1).
  const Modifier* redirect() const { return redirect_ ? &*redirect_ : nullptr; }
  const Modifier* explanation() const { return explanation_ ? &*explanation_ : nullptr; }
  const std::vector<Modifier>& unknown_modifiers() const { return unknown_; }

 private:
  friend class RecordParser;

  std::string text_;
  std::vector<Mechanism> mechanisms_;
  std::optional<Modifier> redirect_;
  std::optional<Modifier> explanation_;
  std::vector<Modifier> unknown_;
};

// All that is wrong with a record, one entry a bad term, in the order of the text.
std::vector<SyntaxError> check_record(std::string_view text);

// "include", "ip4" ...; "+" "-" "~" "?".
std::string_view to_string(MechanismKind kind);
char to_char(Qualifier qualifier);

}  // namespace emailauth::spf
