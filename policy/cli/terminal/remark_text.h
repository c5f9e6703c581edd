// policy/cli/terminal/remark_text.h - How a person is told why something matters, and what to do.
#pragma once

#include "policy/base/remark.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

// Below the line that says what was found, after `indent` spaces: "why: …", and "do: …" for each step.
Shown why_and_todo(const Remark& remark, std::size_t indent);

// The steps alone.
Shown todo_text(const Todo& todo, std::size_t indent);

}  // namespace emailauth::cli
