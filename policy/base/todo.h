// policy/base/todo.h - What to do about a finding: sentences, and commands to run.
//
// Keeps the two apart: a line that begins with a program's name is a whole command, quoted by
// policy/base/command_line.h, and can be run as printed.
#pragma once

#include <string>
#include <vector>

#include "policy/base/command_line.h"

namespace emailauth {

//   Todo(CommandLine({"emailauth", "senders", "add"}).operand(id)).then("import again")
class Todo {
 public:
  Todo() = default;
  Todo(const char* sentence);
  Todo(std::string sentence);
  Todo(const CommandLine& command);

  // Appends the steps of `next`.
  Todo& then(const Todo& next);

  bool empty() const { return lines_.empty(); }

  // Returns one line per step.
  const std::vector<std::string>& lines() const { return lines_; }

  // Returns the lines joined by line ends.
  std::string text() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace emailauth
