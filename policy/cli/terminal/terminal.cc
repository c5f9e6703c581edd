#include "policy/cli/terminal/terminal.h"

#include <unistd.h>

#include <cstdlib>

namespace emailauth::cli {

namespace {

std::string_view code(Colour colour) {
  switch (colour) {
    case Colour::red: return "\033[31m";
    case Colour::yellow: return "\033[33m";
    case Colour::green: return "\033[32m";
    case Colour::bold: return "\033[1m";
  }
  return "";
}

}  // namespace

Shown coloured(const Shown& text, Colour colour) {
  static const bool wanted = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  if (!wanted) return text;
  return {Shown::AsItIs(), std::string(code(colour)) + text.text() + "\033[0m"};
}

Shown coloured(std::string_view text, Colour colour) { return coloured(Shown(text), colour); }

Colour colour_of(Severity severity) {
  switch (severity) {
    case Severity::error: return Colour::red;
    case Severity::warning: return Colour::yellow;
    case Severity::advice: return Colour::bold;
  }
  return Colour::bold;
}

}  // namespace emailauth::cli
