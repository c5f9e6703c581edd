#include "policy/cli/terminal/shown.h"

#include <cerrno>
#include <cstdio>
#include <ostream>
#include <system_error>

#include "policy/base/inert_text.h"

namespace emailauth::cli {

Shown::Shown(std::string_view text) : text_(inert(text)) {}

Shown Shown::lines(std::string_view text) { return {AsItIs(), inert_lines(text)}; }

Shown& Shown::operator+=(const Shown& other) {
  text_ += other.text_;
  return *this;
}

std::ostream& operator<<(std::ostream& out, const Shown& shown) { return out << shown.text_; }

void print(const Shown& text) {
  if (std::fwrite(text.text().data(), 1, text.text().size(), stdout) == text.text().size()) return;
  throw std::system_error(errno, std::generic_category(), "standard output cannot be written");
}

void complain(const Shown& text) { std::fwrite(text.text().data(), 1, text.text().size(), stderr); }

}  // namespace emailauth::cli
