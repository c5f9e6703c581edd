// policy/cli/terminal/terminal.h - Colour if a person is watching, plain text elsewhere.
#pragma once

#include <string_view>

#include "policy/base/diagnostic.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

enum class Colour { red, yellow, green, bold };

// Returns `text` in that colour if standard output is a terminal and NO_COLOR is not set.
Shown coloured(const Shown& text, Colour colour);
Shown coloured(std::string_view text, Colour colour);

// Errors are red, warnings yellow, advice bold.
Colour colour_of(Severity severity);

}  // namespace emailauth::cli
