#include "policy/cli/terminal/remark_text.h"

namespace emailauth::cli {

Shown why_and_todo(const Remark& remark, std::size_t indent) {
  const std::string spaces(indent, ' ');
  const Shown why = remark.why.empty() ? Shown() : Shown::of("{}why: {}\n", spaces, remark.why);
  return why + todo_text(remark.todo, indent);
}

Shown todo_text(const Todo& todo, std::size_t indent) {
  const std::string spaces(indent, ' ');
  Shown out;
  for (const std::string& line : todo.lines()) out += Shown::of("{}do: {}\n", spaces, line);
  return out;
}

}  // namespace emailauth::cli
