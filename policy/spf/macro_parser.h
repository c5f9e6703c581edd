// policy/spf/macro_parser.h - The parser behind MacroString::parse().
//
// Owns one pass over the text of a macro string (RFC 7208, 7.1) and the wording
// of its errors. Private to policy/spf: use MacroString.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/spf/macro_string.h"

namespace emailauth::spf {

class MacroParser {
 public:
  // `text` must outlive the parser.
  MacroParser(std::string_view text, MacroUse use) : text_(text), use_(use) {}

  // Returns false if the text is not a macro string for this use: see error(), offset().
  [[nodiscard]] bool run();

  const std::string& error() const { return error_; }
  std::size_t offset() const { return offset_; }

  // Requires that run() returned true.
  std::vector<MacroString::Part> take_parts() { return std::move(parts_); }

 private:
  bool read_escape();
  bool read_macro();
  bool read_letter(Macro& macro);
  bool read_digits(Macro& macro);
  bool read_literal();
  bool check_domain_end();
  void add_literal(std::string_view text);
  bool fail(std::size_t offset, std::string error);

  std::string_view text_;
  MacroUse use_;
  std::size_t at_ = 0;
  std::size_t last_macro_end_ = 0;  // just after the last "%{..}", "%%", "%_" or "%-"
  std::vector<MacroString::Part> parts_;
  std::string error_;
  std::size_t offset_ = 0;
};

}  // namespace emailauth::spf
