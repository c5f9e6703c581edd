// policy/spf/macro_string.h - SPF macro strings (RFC 7208, section 7).
//
// Owns the grammar of "%{ir}.%{v}._spf.%{d2}" and its expansion. A macro string
// is text between macros; nothing here knows about records, terms or DNS.
//
//     %{i}  ._ip.  %{d2r-}  ._spf.provider.net
//     Macro text   |   |||  text
//                  |   ||'- delimiters: split at "-"   |
//                  |   |'-- reverse the parts          | transformers
//                  |   '--- keep the 2 rightmost parts |
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/base/result.h"
#include "policy/net/ip_prefix.h"

namespace emailauth::spf {

// One "%{...}".
struct Macro {
  char letter = 'd';       // one of "slodiphcrtv", always lower case (7.2)
  bool escape = false;     // the letter was upper case: URL-escape the value (7.3)
  unsigned digits = 0;     // keep this many rightmost parts; 0: all of them
  bool reverse = false;    // "r"
  std::string delimiters;  // any of ".-+,/_="; empty: split at "."

  friend bool operator==(const Macro&, const Macro&) = default;
};

// The place of a macro string decides what it may contain.
enum class MacroUse : std::uint8_t {
  domain_spec,  // no space, no c r t; ends in a top label or a macro (7.1)
  modifier,     // the value of an unknown modifier: no space
  explanation,  // the text that exp= leads to: spaces, and c r t (6.2)
};

// What a receiver does with an expanded name that DNS cannot carry. RFC 7208, 7.3 removes labels from the left until
// 253 characters remain, and says nothing about labels of more than 63 octets. Receivers differ.
enum class NameCut : std::uint8_t {
  any_label,     // cuts first: a label of 230 octets is removed like any other, and the rest may be short (mailauth)
  valid_labels,  // checks first: a text with a label of more than 63 octets stays as it is, and is not a name
  short_labels,  // shortens every label to 63 octets, then cuts (RFC 4408, 8.1; Mail::SPF)
};

// The values of the letters in one evaluation (7.2).
struct MacroValues {
  std::string local_part;     // l
  std::string sender_domain;  // o; "s" is l@o
  std::string domain;         // d: the domain of the record being evaluated
  IpAddress client;           // i c v; IPv4-mapped addresses count as IPv4
  std::string validated;      // p: "unknown" if there is none
  std::string helo;           // h
  std::string receiver;       // r
  std::int64_t now = 0;       // t: seconds since 1970
};

class MacroString {
 public:
  using Part = std::variant<std::string, Macro>;

  // Parses `text`. "%%", "%_" and "%-" become the text that they encode.
  // On failure `*error_offset`, if given, is the offset of the error in `text`.
  //
  //   MacroString::parse("%{ir}.example.com", MacroUse::domain_spec)
  static Result<MacroString> parse(std::string_view text, MacroUse use, std::size_t* error_offset = nullptr);

  // Returns text that parses to an equal value for the same use.
  std::string to_string() const;

  // Literal text and macros in turn; no two literals are neighbours.
  const std::vector<Part>& parts() const { return parts_; }

  // Returns true if it contains a macro of this (lower-case) letter, or any macro at all.
  bool uses(char letter) const;
  bool has_macros() const;

  // Returns the text with every macro replaced.
  std::string expand(const MacroValues& values) const;

  // Returns the same as a domain name: without one final dot, and without the leftmost labels that make it longer than
  // 253 characters (7.3).
  std::string expand_domain(const MacroValues& values, NameCut cut = NameCut::any_label) const;

  friend bool operator==(const MacroString&, const MacroString&) = default;

 private:
  std::vector<Part> parts_;
};

// Returns the value of one macro, with its transformers applied.
std::string expand(const Macro& macro, const MacroValues& values);

// Returns the text of one macro: "%{d2r-}".
std::string to_string(const Macro& macro);

}  // namespace emailauth::spf
