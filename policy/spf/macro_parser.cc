#include "policy/spf/macro_parser.h"

#include <algorithm>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::spf {

namespace {

constexpr std::string_view kLetters = "slodiphcrtv";
constexpr std::string_view kExplanationLetters = "crt";
constexpr std::string_view kDelimiters = ".-+,/_=";
constexpr unsigned kMaxDigits = 9999;  // more parts than any value has; 7.3 asks for 127

// toplabel (7.1): letters, digits and inner hyphens, and not digits alone.
bool is_top_label(std::string_view label) {
  if (label.empty() || !is_alphanumeric(label.front()) || !is_alphanumeric(label.back())) return false;
  if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; })) return false;
  return !std::all_of(label.begin(), label.end(), is_digit);
}

}  // namespace

bool MacroParser::run() {
  while (at_ < text_.size()) {
    const bool good = text_[at_] == '%' ? read_escape() : read_literal();
    if (!good) return false;
  }
  return use_ != MacroUse::domain_spec || check_domain_end();
}

bool MacroParser::fail(std::size_t offset, std::string error) {
  offset_ = offset;
  error_ = std::move(error);
  return false;
}

void MacroParser::add_literal(std::string_view text) {
  if (!parts_.empty()) {
    if (auto* literal = std::get_if<std::string>(&parts_.back())) {
      *literal += text;
      return;
    }
  }
  parts_.emplace_back(std::string(text));
}

bool MacroParser::read_literal() {
  const std::size_t start = at_;
  for (; at_ < text_.size() && text_[at_] != '%'; ++at_) {
    const char c = text_[at_];
    const bool printable = c >= 0x21 && c <= 0x7e;
    if (!printable && !(c == ' ' && use_ == MacroUse::explanation)) {
      return fail(at_, "a character that is not printable ASCII; write names as A-labels (\"xn--...\")");
    }
  }
  add_literal(text_.substr(start, at_ - start));
  return true;
}

bool MacroParser::read_escape() {
  const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (next == '{') return read_macro();
  if (next != '%' && next != '_' && next != '-') {
    return fail(at_,
                quoted_text(text_.substr(at_, 2)) + " is not a macro; write \"%{d}\", or \"%%\" for a percent sign");
  }
  add_literal(next == '%' ? "%" : next == '_' ? " " : "%20");
  at_ += 2;
  last_macro_end_ = at_;
  return true;
}

bool MacroParser::read_macro() {
  const std::size_t start = at_;
  at_ += 2;
  Macro macro;
  if (!read_letter(macro) || !read_digits(macro)) return false;
  if (at_ < text_.size() && (text_[at_] == 'r' || text_[at_] == 'R')) {
    macro.reverse = true;
    ++at_;
  }
  while (at_ < text_.size() && kDelimiters.find(text_[at_]) != std::string_view::npos) {
    macro.delimiters += text_[at_++];
  }
  if (at_ >= text_.size() || text_[at_] != '}') {
    const std::string_view shown = text_.substr(start, std::min(at_ + 1, text_.size()) - start);
    return fail(
        start, quoted_text(shown) + " is not a macro; write a letter, digits, \"r\", delimiters, \"}\", in this order");
  }
  ++at_;
  last_macro_end_ = at_;
  parts_.emplace_back(std::move(macro));
  return true;
}

bool MacroParser::read_letter(Macro& macro) {
  const char letter = at_ < text_.size() ? text_[at_] : '\0';
  macro.letter = static_cast<char>(ascii_lower(static_cast<unsigned char>(letter)));
  macro.escape = letter != macro.letter;
  if (letter == '\0' || kLetters.find(macro.letter) == std::string_view::npos) {
    return fail(at_ - 2, quoted_text(text_.substr(at_ - 2, 3)) +
                             " is not a macro; the letters are s l o d i p h v (c r t in exp text)");
  }
  const bool only_in_explanations = kExplanationLetters.find(macro.letter) != std::string_view::npos;
  if (only_in_explanations && use_ == MacroUse::domain_spec) {
    return fail(at_ - 2, quoted_text(text_.substr(at_ - 2, 3)) + " is allowed only in the text of an explanation");
  }
  ++at_;
  return true;
}

bool MacroParser::read_digits(Macro& macro) {
  const std::size_t start = at_;
  for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
    macro.digits = std::min(macro.digits * 10 + static_cast<unsigned>(text_[at_] - '0'), kMaxDigits);
  }
  if (at_ == start || macro.digits != 0) return true;
  return fail(start,
              quoted_text(text_.substr(start, at_ - start)) + " parts of a macro cannot be kept; write 1 or more");
}

bool MacroParser::check_domain_end() {
  if (text_.empty()) return fail(0, "a domain is missing");
  std::string_view tail = text_.substr(last_macro_end_);
  if (tail.empty()) return true;
  if (tail.back() == '.') tail.remove_suffix(1);
  const std::size_t dot = tail.rfind('.');
  const std::string_view label = dot == std::string_view::npos ? tail : tail.substr(dot + 1);
  if (dot != std::string_view::npos && is_top_label(label)) return true;
  return fail(last_macro_end_,
              quoted_text(text_) + " is not a domain; end it in a top-level name as in \"example.com\", or in a macro");
}

}  // namespace emailauth::spf
