// policy/spf/record.h - An SPF record as a value (RFC 7208, sections 4.6.1, 5, 6, 12).
//
// Owns the grammar of "v=spf1 ..." and the wording of a record's errors. Strict, as 4.6.1 demands: one bad term makes
// the whole record bad. Knows nothing about DNS and sends no queries.
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

// The position of a term in the text of its record.
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

  // Returns canonical text: "~a:example.com/24//64".
  std::string to_string() const;

  // Returns true for the terms that 4.6.4 limits to ten.
  bool asks_dns() const;
};

// redirect=, exp=, and modifiers that RFC 7208 does not know, which do nothing.
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

  // Returns "at 14: <message>".
  std::string to_string() const;
};

class Record {
 public:
  static constexpr std::size_t kMaxOctets = 65535;

  // Returns true if `text` is meant to be SPF: "v=spf1" in any case, followed by a space or the end of the text (4.5).
  // "v=spf10" is not SPF.
  static bool has_version(std::string_view text);

  // Parses a whole record. The error is the first of check_record().
  static Result<Record> parse(std::string_view text);

  // Returns canonical text: mechanisms, redirect, exp, unknown modifiers.
  // parse(r.to_string()) gives a record with the same to_string().
  std::string to_string() const;

  // Returns the text that was parsed; TextSpans are parts of it.
  const std::string& text() const { return text_; }
  std::string_view text_of(const TextSpan& span) const {
    return std::string_view(text_).substr(span.offset, span.length);
  }

  // In order, including those after "all", which are never reached (5.1).
  const std::vector<Mechanism>& mechanisms() const { return mechanisms_; }

  // Returns nullptr if there is none. Also returns a redirect that an "all" makes void (6.1).
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

// Returns all errors of a record, one per bad term, in the order of the text.
std::vector<SyntaxError> check_record(std::string_view text);

// "include", "ip4" ...; "+" "-" "~" "?".
std::string_view to_string(MechanismKind kind);
char to_char(Qualifier qualifier);

}  // namespace emailauth::spf
