#include "policy/cli/help/roff.h"

#include <fmt/format.h>

namespace emailauth::cli {

namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

}  // namespace

std::string roff(std::string_view text) {
  std::string out;
  bool at_begin = true;
  for (const char c : text) {
    if (at_begin && c == '.') out += "\\&";
    at_begin = c == '\n';
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '\'': out += "\\(aq"; break;
      case '`': out += "\\(ga"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      default: out += c;
    }
  }
  return out;
}

std::string roff_head(std::string_view name, std::string_view section, std::string_view what) {
  return fmt::format(".TH {} {} \"\" \"emailauth {}\" \"pdns\\-emailauth\"\n.SH NAME\n{} \\- {}\n", roff(upper(name)),
                     section, EMAILAUTH_VERSION, roff(name), roff(what));
}

}  // namespace emailauth::cli
