#include "policy/base/todo.h"

#include <utility>

namespace emailauth {

Todo::Todo(const char* sentence) : Todo(std::string(sentence)) {}

Todo::Todo(std::string sentence) {
  if (!sentence.empty()) lines_.push_back(std::move(sentence));
}

Todo::Todo(const CommandLine& command) : Todo(command.text()) {}

Todo& Todo::then(const Todo& next) {
  lines_.insert(lines_.end(), next.lines_.begin(), next.lines_.end());
  return *this;
}

std::string Todo::text() const {
  std::string out;
  for (const std::string& line : lines_) out += (out.empty() ? "" : "\n") + line;
  return out;
}

}  // namespace emailauth
