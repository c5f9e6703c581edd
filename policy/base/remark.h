// policy/base/remark.h - What every finding has, whoever found it: what, why, and what to do.
//
// Each kind of finding adds where it is and how much it matters. policy/cli/terminal/remark_text.h shows it.
#pragma once

#include <string>

#include "policy/base/todo.h"

namespace emailauth {

struct Remark {
  std::string what;  // one line, quoting the value
  std::string why;   // what becomes of mail; "" if `what` says it
  Todo todo;         // may be empty
};

}  // namespace emailauth
