// policy/spf/record_parser.h - The parser behind Record::parse() and check_record().
//
// Owns one pass over the terms of a record (RFC 7208, section 12). Private to
// policy/spf: use Record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/spf/record.h"

namespace emailauth::spf {

class RecordParser {
 public:
  explicit RecordParser(std::string_view text);

  const std::vector<SyntaxError>& errors() const { return errors_; }

  // Requires errors().empty().
  Record take_record() { return std::move(record_); }

 private:
  void read_term(std::size_t offset, std::string_view term);
  void read_modifier(std::size_t equals);
  void store_known(std::optional<Modifier>& slot, Modifier modifier);
  void read_directive();
  bool read_kind(Mechanism& mechanism, std::string_view name);
  void read_all(Mechanism mechanism, std::string_view rest);
  void read_network(Mechanism mechanism, std::string_view rest);
  void read_domain(Mechanism mechanism, std::string_view rest);

  // Takes "/24", "//64" or "/24//64" off the end of `rest`. Returns false after an error.
  bool take_dual_cidr(std::string_view& rest, Mechanism& mechanism);
  // Takes `slashes` and a number off the end of `rest`, if `rest` ends in them.
  bool take_cidr(std::string_view& rest, std::string_view slashes, int bits, int& length);
  bool parse_macro_string(std::string_view text, MacroUse use, MacroString& out);

  // Adds an error about the term, or about the part of it that starts at `part`.
  void fail(const std::string& why);
  void fail_at(std::string_view part, const std::string& why);

  Record record_;
  std::vector<SyntaxError> errors_;
  std::string_view term_;  // the term being read, inside record_.text_
  std::size_t term_offset_ = 0;
};

}  // namespace emailauth::spf
